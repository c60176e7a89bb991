// Calls to identity: account, sign-in, profiles.

import type { Agreed } from "@/shared/events/kinds";
import { language, t } from "@/shared/i18n/i18n";
import { session } from "@/shared/session/auth";
import { body, GET, POST, PUT } from "./client";
import { transportAs } from "./transport";

export interface Registration {
  name: string;
  email: string;
  password: string;
}

/** The country of the browser's language, as a first guess. */
function country(): string | undefined {
  const region = new Intl.Locale(navigator.language).region;
  return region && /^[A-Z]{2}$/.test(region) ? region : undefined;
}

export async function register(registration: Registration): Promise<void> {
  const guess = country();
  const asked = { ...registration, language: language(), ...(guess ? { country: guess } : {}) };
  session.adopt(await body(POST("/api/v1/auth/register", { body: asked })));
}

/** `reopen`: an account that was closed is to stay. */
export async function signIn(credentials: {
  email: string;
  password: string;
  reopen?: boolean;
  /** Of the second factor, or a recovery code. */
  code?: string;
  /** Spare this browser the second factor for thirty days. */
  trust?: boolean;
  /** The token of a link that was mailed while others guessed. */
  unlock?: string;
}): Promise<void> {
  const device = deviceOfThisBrowser();
  session.adopt(await body(POST("/api/v1/auth/login", { body: { ...credentials, device } })));
}

export async function signOut(): Promise<void> {
  // Signing out here must work even when the server does not answer.
  await POST("/api/v1/auth/logout").catch(() => undefined);
  session.clear(true);
}

/** Close the account; it can be opened again by signing in until the day that is returned. */
export async function closeAccount(password: string): Promise<string> {
  const { erase_at } = await body(POST("/api/v1/me/close", { body: { password } }));
  return erase_at;
}

/** Ask for a link that sets a new password. The answer says nothing of whether there is an account. */
export async function forgotPassword(email: string): Promise<void> {
  await body(POST("/api/v1/auth/password/forgot", { body: { email } }));
}

/** Set a password by the token of a mailed link; signs out everywhere. */
export async function resetPassword(token: string, password: string): Promise<void> {
  await body(POST("/api/v1/auth/password/reset", { body: { token, password } }));
}

/** Confirm an address by the token of a mailed link: which it is, and whether it has replaced another. */
export const verifyEmail = (token: string) => body(POST("/api/v1/auth/email/verify", { body: { token } }));

export async function sendVerification(): Promise<void> {
  await body(POST("/api/v1/me/email/verification"));
}

/** Ask for another address; it counts once the link that goes there was opened. */
export async function changeEmail(email: string, password: string): Promise<void> {
  await body(POST("/api/v1/me/email", { body: { email, password } }));
}

export async function changePassword(current: string, next: string): Promise<void> {
  await body(POST("/api/v1/me/password", { body: { current_password: current, new_password: next } }));
}

export const me = () => body(GET("/api/v1/me"));

export const profiles = async () => (await body(GET("/api/v1/me/profiles"))).items;

export interface NewProfile {
  name: string;
  kids: boolean;
  pin?: string;
  /** The account's; needed to add from a profile that may watch less. */
  password?: string;
}

/** What opens a profile that is locked or may watch more than the present one. */
export type Proof = { pin: string } | { password: string };

export const addProfile = (profile: NewProfile) =>
  body(POST("/api/v1/me/profiles", { body: { ...profile, language: language() } }));

export async function selectProfile(id: string, proof?: Proof): Promise<void> {
  const path = { profile_id: id };
  session.adopt(
    await body(POST("/api/v1/me/profiles/{profile_id}/select", { params: { path }, body: proof ?? {} })),
  );
}

/** What this browser says of itself as it signs in. */
export const deviceOfThisBrowser = () => ({
  ...session.device,
  name: deviceName(),
  type: "web" as const,
});

export function deviceName(): string {
  const agent = navigator.userAgent;
  const known = (names: string[]) => names.find((name) => agent.includes(name));
  const said: Record<string, string> = { Edg: "Edge", Macintosh: "Mac" };
  const browser = known(["Edg", "Firefox", "Chrome", "Safari"]) ?? t("common.deviceUnknown.browser");
  const system =
    known(["iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux"]) ?? t("common.deviceUnknown.system");
  return t("common.device", { browser: said[browser] ?? browser, system: said[system] ?? system });
}

export const consents = (profileId: string) =>
  body(GET("/api/v1/me/consents", { fetch: transportAs(profileId) }));

/** Everything that this profile agrees to from now on, on every device. */
export const answerConsents = (profileId: string, agreed: readonly Agreed[]) =>
  body(PUT("/api/v1/me/consents", { body: { consents: [...agreed] }, fetch: transportAs(profileId) }));

export type Me = Awaited<ReturnType<typeof me>>;
