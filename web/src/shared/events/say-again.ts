// A token says what its profile had agreed to when it was issued: what one from before an answer is refused for, the next one has taken.
import { claims } from "@/shared/session/session";

export interface Verdict {
  reason?: string | null | undefined;
  /** What the viewer would have to agree to. */
  detail?: string | null | undefined;
}

export interface Tokens {
  now: () => string | null;
  renewed: (stale: string | null) => Promise<string>;
}

/** Whether a batch is to be told again: the token alone had not agreed, and a newer one has. Rejects where none can be had. */
export async function sayAgain(
  verdicts: readonly Verdict[],
  profileId: string,
  tokens: Tokens,
): Promise<boolean> {
  const missing = verdicts.filter(({ reason }) => reason === "not_in_token").map(({ detail }) => detail);
  if (missing.length === 0) return false;
  const agrees = (token: string) => {
    const { pid, cons } = claims(token);
    // Somebody else watches by now: it waits until this profile is back.
    return pid !== profileId || (Array.isArray(cons) && missing.some((each) => cons.includes(each)));
  };
  const now = tokens.now();
  return (now !== null && agrees(now)) || agrees(await tokens.renewed(now));
}
