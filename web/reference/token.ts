// The access token of what is tried here: a sign-in's answer is used for every call after it, until the page is left.
import type { Explorer, Tried } from "./explorer";

const SCHEME = "access_token";

interface SignedIn {
  access_token: string;
  account?: { email: string };
  profile_id?: string | null;
}

/** Take over the token of every answer that carries one, and say so in `status`. */
export function holding(explorer: Explorer, status: HTMLElement): void {
  let who = "";
  explorer.addEventListener("response", async ({ detail }) => {
    const tokens = given(detail);
    if (tokens) {
      who = tokens.account?.email ?? who;
      await explorer.setAuthenticationConfiguration(SCHEME, { token: tokens.access_token });
      status.textContent = tokens.profile_id ? `Signed in ${who}` : `Signed in ${who}, no profile yet`;
    } else if (signedOut(detail)) {
      who = "";
      await explorer.setAuthenticationConfiguration(SCHEME, { token: "" });
      status.textContent = "Signed out";
    }
  });
}

export function given({ response }: Tried): SignedIn | undefined {
  const body = response?.body;
  const carries = typeof body === "object" && body !== null && "access_token" in body;
  return carries && typeof body.access_token === "string" ? (body as SignedIn) : undefined;
}

export function signedOut({ request, response }: Tried): boolean {
  return response?.status === 204 && new URL(request.url, "http://x").pathname.endsWith("/auth/logout");
}
