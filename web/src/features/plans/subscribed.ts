// What a subscription's status means for the viewer.

const PLAYING = new Set(["trialing", "active", "past_due"]);

/** Whether films can be played with this status. */
export function subscribed(status: string | null | undefined): boolean {
  return PLAYING.has(status ?? "");
}

const SAID: Record<string, string> = {
  trialing: "Free trial",
  active: "Active",
  past_due: "Payment due",
  canceled: "Ended",
};

export function statusLabel(status: string): string {
  return SAID[status] ?? status;
}
