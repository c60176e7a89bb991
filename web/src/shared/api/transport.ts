// How every request leaves: with the token, renewed and sent again once when refused, and failures as Problems.
import { session } from "@/shared/session/auth";
import { claims } from "@/shared/session/session";
import { asProblem, problemOf } from "./problems";
import { reach } from "./reach";

export const API = "/api/v1";

const PUBLIC = new Set(
  [
    "/auth/register",
    "/auth/login",
    "/auth/email/verify",
    "/auth/password/forgot",
    "/auth/password/reset",
    "/auth/passkeys/sign-in",
    "/auth/passkeys/sign-in/options",
    "/plans",
  ].map((path) => API + path),
);

/** A read that hangs is told like one that found nobody: the services give up sooner. Milliseconds. */
const READ_DEADLINE = 15_000;

let hear: (version: string | null) => void = () => undefined;

/** Who is told which version of experiments and flags each answer names. */
export function onExperiments(listener: (version: string | null) => void): void {
  hear = listener;
}

async function send(request: Request): Promise<Response> {
  try {
    const read = request.method === "GET";
    const response = await fetch(request, read ? { signal: deadline(request.signal) } : {});
    reach.heard();
    hear(response.headers.get("bijou-experiments"));
    return response;
  } catch (error) {
    // Nobody wants the answer any more: that says nothing of the network.
    if (request.signal.aborted) throw error;
    void reach.look();
    throw asProblem(error);
  }
}

/** The caller's own signal and ours; a browser without `any` (before 2024) keeps ours alone. */
function deadline(asked: AbortSignal): AbortSignal {
  const ours = AbortSignal.timeout(READ_DEADLINE);
  return "any" in AbortSignal ? AbortSignal.any([asked, ours]) : ours;
}

function withToken(request: Request, token: string): Request {
  const signed = new Request(request);
  signed.headers.set("authorization", `Bearer ${token}`);
  return signed;
}

/** Whoever is signed in by now is not the one this was to be said for. */
export class AnotherProfile extends Error {}

/** Whether a token is this profile's. */
export const isOf = (token: string, profileId: string): boolean => claims(token).pid === profileId;

/** `fetch` for the API as one profile alone: rejects with AnotherProfile, unsent, where somebody else is signed in by then. */
export const transportAs =
  (profileId: string) =>
  (request: Request): Promise<Response> =>
    transport(request, (token) => {
      if (!isOf(token, profileId)) throw new AnotherProfile(profileId);
    });

/** `fetch` for the API: rejects with a Problem for every answer that is not a success. `check` may refuse a token by throwing. */
export async function transport(
  request: Request,
  check: (token: string) => void = () => undefined,
): Promise<Response> {
  const signed = (asked: Request, token: string) => {
    check(token);
    return send(withToken(asked, token));
  };
  const { pathname } = new URL(request.url);
  let response: Response;
  if (PUBLIC.has(pathname)) {
    response = await send(request);
  } else {
    const token = await session.access();
    response = await signed(request.clone(), token);
    if (response.status === 401) response = await signed(request, await session.renewed(token));
    if (response.status === 401) {
      const problem = await problemOf(response);
      // A profile that was changed twice meanwhile: a token out of date is no sign-in that has ended.
      if (problem.code !== "token_outdated") session.clear();
      throw problem;
    }
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** Send so that it outlives the page. Whether it was taken, for who is still there to hear. */
export async function sendLast(method: "POST" | "DELETE", path: string): Promise<boolean> {
  const token = session.accessNow();
  if (token === null) return false;
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(path, { method, headers, keepalive: true }).catch(() => null);
  return answer?.ok ?? false;
}
