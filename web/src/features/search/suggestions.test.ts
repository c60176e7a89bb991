import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { beforeEach, expect, it, vi } from "vitest";
import { suggest } from "@/shared/api/search";
import { suggestionsFor } from "./suggestions";

vi.mock("@/shared/api/queries", () => ({ keys: { suggestions: (q: string) => ["suggestions", q] } }));
vi.mock("@/shared/api/search", () => ({ suggest: vi.fn() }));

type Suggestions = Awaited<ReturnType<typeof suggest>>;
const answers = new Map<string, { give: (names: string[]) => void; signal: AbortSignal }>();
const titles = (...names: string[]) => ({ items: names.map((name) => ({ name })) }) as Suggestions;

beforeEach(() => {
  answers.clear();
  vi.mocked(suggest).mockImplementation(
    (q, signal) =>
      new Promise((done) => {
        if (signal) answers.set(q, { give: (names) => done(titles(...names)), signal });
      }),
  );
});

function typing() {
  const client = new QueryClient();
  const observer = new QueryObserver(client, suggestionsFor(""));
  const stop = observer.subscribe(() => undefined);
  const shown = () => observer.getCurrentResult().data?.items.map(({ name }) => name);
  return { type: (text: string) => observer.setOptions(suggestionsFor(text)), shown, stop };
}

it("shows the answer to what stands in the field, whatever comes late", async () => {
  const { type, shown, stop } = typing();
  type("s");
  type("sa");
  answers.get("sa")?.give(["Salt"]);
  await vi.waitFor(() => expect(shown()).toEqual(["Salt"]));
  answers.get("s")?.give(["Something else"]);
  await Promise.resolve();
  expect(shown()).toEqual(["Salt"]);
  stop();
});

it("gives up what was asked for a text that has changed", async () => {
  const { type, stop } = typing();
  type("s");
  expect(answers.get("s")?.signal.aborted).toBe(false);
  type("sa");
  expect(answers.get("s")?.signal.aborted).toBe(true);
  expect(answers.get("sa")?.signal.aborted).toBe(false);
  stop();
});

it("keeps the list between two letters, and none for an empty field", async () => {
  const { type, shown, stop } = typing();
  type("s");
  answers.get("s")?.give(["Salt"]);
  await vi.waitFor(() => expect(shown()).toEqual(["Salt"]));
  type("sa");
  expect(shown()).toEqual(["Salt"]);
  type(" ");
  expect(shown()).toBeUndefined();
  expect(suggest).toHaveBeenCalledTimes(2);
  stop();
});
