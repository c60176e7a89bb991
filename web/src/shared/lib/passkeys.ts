// What the browser does for passkeys: whether it can, adding one, and answering a challenge with one.

import type { Answer, Challenge } from "@/shared/api/security";

/** Passkeys belong to a name: a page at an address by number can have none. */
export function passkeysWork(
  host: string = window.location.hostname,
  credential: unknown = window.PublicKeyCredential,
): boolean {
  const numbered = /^[\d.]+$/.test(host) || host.startsWith("[");
  return !numbered && typeof credential === "function" && "parseCreationOptionsFromJSON" in credential;
}

/** Whoever closes the browser's own dialog has said no: that is not an error. */
export class Declined extends Error {}

async function asked<T extends Credential | null>(ask: () => Promise<T>): Promise<PublicKeyCredential> {
  try {
    const found = await ask();
    if (found instanceof PublicKeyCredential) return found;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (error.name === "InvalidStateError") throw error;
  }
  throw new Declined();
}

export async function makePasskey({ challenge_id, options }: Challenge): Promise<Answer> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const made = await asked(() => navigator.credentials.create({ publicKey }));
  return { challenge_id, credential: made.toJSON() as Answer["credential"] };
}

export async function showPasskey({ challenge_id, options }: Challenge): Promise<Answer> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const used = await asked(() => navigator.credentials.get({ publicKey }));
  return { challenge_id, credential: used.toJSON() as Answer["credential"] };
}
