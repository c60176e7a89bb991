// Calls of those who keep the house going: how playing goes, experiments, flags.
import { session } from "@/shared/session/auth";
import { body, GET, POST, PUT } from "./client";
import { asProblem, problemOf } from "./problems";
import type { ExperimentBody, FlagBody, PlaybackReport, ReportQuestion } from "./shapes";
import { eventsOf } from "./stream";
import { API } from "./transport";

export const playbackReport = ({ by, minutes }: ReportQuestion) =>
  body(GET("/api/v1/admin/analytics/playback", { params: { query: { by, minutes, limit: 50 } } }));

/** How playing goes, every two seconds, until the token ends; whole each time. */
export async function* livePlayback(
  question: ReportQuestion,
  signal: AbortSignal,
): AsyncGenerator<PlaybackReport> {
  const query = new URLSearchParams({ by: question.by, minutes: String(question.minutes), limit: "50" });
  const ask = (token: string) =>
    fetch(`${API}/admin/analytics/live?${query}`, {
      headers: { authorization: `Bearer ${token}` },
      signal,
    }).catch((error: unknown) => {
      throw asProblem(error);
    });
  const token = await session.access();
  let answer = await ask(token);
  if (answer.status === 401) answer = await ask(await session.renewed(token));
  if (!answer.ok || !answer.body) throw await problemOf(answer);
  for await (const data of eventsOf(answer.body)) yield JSON.parse(data) as PlaybackReport;
}

export const titleNames = async (ids: readonly string[]): Promise<Map<string, string>> => {
  const query = { ids: ids.join(",") };
  const { items } = await body(GET("/api/v1/titles/cards", { params: { query } }));
  return new Map(items.map(({ title_id, name }) => [title_id, name]));
};

export const flags = async () => (await body(GET("/api/v1/admin/flags"))).items;

/** `version` is the one that was shown: of any other it is refused (`flag_moved_on`). One that is yet to be made is of 0. */
export const putFlag = (name: string, flag: FlagBody, version: number) =>
  body(
    PUT("/api/v1/admin/flags/{name}", {
      params: { path: { name }, header: { "if-match": `"${version}"` } },
      body: flag,
    }),
  );

export const experiments = async () => (await body(GET("/api/v1/admin/experiments"))).items;

/** `version` as of a flag (`experiment_moved_on`). */
export const putExperiment = (name: string, experiment: ExperimentBody, version: number) =>
  body(
    PUT("/api/v1/admin/experiments/{name}", {
      params: { path: { name }, header: { "if-match": `"${version}"` } },
      body: experiment,
    }),
  );

export const startExperiment = (name: string) =>
  body(POST("/api/v1/admin/experiments/{name}/start", { params: { path: { name } } }));

export const stopExperiment = (name: string) =>
  body(POST("/api/v1/admin/experiments/{name}/stop", { params: { path: { name } } }));

export const experimentReport = (name: string) =>
  body(GET("/api/v1/admin/experiments/{name}/report", { params: { path: { name } } }));
