// What a subscription's status means for the viewer.

const PLAYING = new Set(["trialing", "active", "past_due"]);

/** Whether films can be played with this status. */
export function subscribed(status: string | null | undefined): boolean {
  return PLAYING.has(status ?? "");
}
