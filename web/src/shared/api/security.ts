// Calls to identity about what opens an account: second factors, passkeys, proving oneself again.

import { session } from "@/shared/session/auth";
import { body, DELETE, GET, PATCH, POST } from "./client";
import { deviceOfThisBrowser } from "./identity";
import type { components } from "./schema";

export interface Challenge {
  challenge_id: string;
  options: Record<string, unknown>;
}

export interface Answer {
  challenge_id: string;
  credential: components["schemas"]["Credential"];
}

export const securityState = () => body(GET("/api/v1/auth/mfa"));

export const beginTotp = () => body(POST("/api/v1/auth/mfa/totp"));

/** Turn the app on; returns the recovery codes, which are not shown again. */
export const confirmTotp = async (code: string) =>
  (await body(POST("/api/v1/auth/mfa/totp/confirm", { body: { code } }))).codes;

export async function turnTotpOff(): Promise<void> {
  await body(DELETE("/api/v1/auth/mfa/totp"));
}

export const renewCodes = async () => (await body(POST("/api/v1/auth/mfa/recovery-codes"))).codes;

/** Prove oneself again, for what is sensitive. */
export async function stepUp(proof: { password: string; code?: string } | Answer): Promise<void> {
  await body(POST("/api/v1/auth/step-up", { body: proof }));
}

export const beginStepUp = (): Promise<Challenge> => body(POST("/api/v1/auth/step-up/options"));

export const passkeys = async () => (await body(GET("/api/v1/me/passkeys"))).items;
export type Passkey = Awaited<ReturnType<typeof passkeys>>[number];

export const beginPasskey = (): Promise<Challenge> => body(POST("/api/v1/auth/passkeys/options"));

export const addPasskey = (answer: Answer, name: string) =>
  body(POST("/api/v1/auth/passkeys", { body: { ...answer, name } }));

export const renamePasskey = (id: string, name: string) =>
  body(PATCH("/api/v1/me/passkeys/{passkey_id}", { params: { path: { passkey_id: id } }, body: { name } }));

export async function removePasskey(id: string): Promise<void> {
  await body(DELETE("/api/v1/me/passkeys/{passkey_id}", { params: { path: { passkey_id: id } } }));
}

export const beginPasskeySignIn = (): Promise<Challenge> =>
  body(POST("/api/v1/auth/passkeys/sign-in/options"));

export async function signInWithPasskey(answer: Answer): Promise<void> {
  const asked = { ...answer, device: deviceOfThisBrowser() };
  session.adopt(await body(POST("/api/v1/auth/passkeys/sign-in", { body: asked })));
}
