// Calls to identity: account, sign-in, profiles.
import type { Me, Page, Profile, Signed } from "@/lib/api-shapes";
import { session } from "@/lib/auth";
import type { TokenAnswer } from "@/lib/session";
import { call } from "./transport";

export interface Registration {
  name: string;
  email: string;
  password: string;
}

/** The country of the browser's language, as a first guess. */
function country(): string | undefined {
  return new Intl.Locale(navigator.language).region;
}

export async function register(body: Registration): Promise<Signed> {
  const answer = await call<Signed>("POST", "/auth/register", { body: { ...body, country: country() } });
  session.adopt(answer);
  return answer;
}

export async function signIn(body: { email: string; password: string }): Promise<Signed> {
  const device = { ...(session.deviceId ? { id: session.deviceId } : {}), name: deviceName(), type: "web" };
  const answer = await call<Signed>("POST", "/auth/login", { body: { ...body, device } });
  session.adopt(answer);
  return answer;
}

export async function signOut(): Promise<void> {
  // Signing out here must work even when the server does not answer.
  await call("POST", "/auth/logout").catch(() => undefined);
  session.clear();
}

export const me = () => call<Me>("GET", "/me");

export const profiles = () => call<Page<Profile>>("GET", "/me/profiles").then((page) => page.items);

export const addProfile = (body: { name: string; kids: boolean; maturity?: number; pin?: string }) =>
  call<Profile>("POST", "/me/profiles", { body });

export async function selectProfile(id: string, pin?: string): Promise<void> {
  session.adopt(await call<TokenAnswer>("POST", `/me/profiles/${id}/select`, { body: pin ? { pin } : {} }));
}

function deviceName(): string {
  const agent = navigator.userAgent;
  const browser = ["Edg", "Firefox", "Chrome", "Safari"].find((name) => agent.includes(name)) ?? "Browser";
  const system =
    ["iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux"].find((name) => agent.includes(name)) ??
    "the web";
  const said: Record<string, string> = { Edg: "Edge", Macintosh: "Mac" };
  return `${said[browser] ?? browser} on ${said[system] ?? system}`;
}
