// Keys a client makes up.

/** A fresh idempotency key. `crypto.randomUUID` exists only in secure contexts; a house network is often not one. */
export function attemptKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
