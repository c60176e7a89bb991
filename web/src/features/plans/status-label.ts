// What a subscription's status is called on screen.

const SAID: Record<string, string> = {
  trialing: "Free trial",
  active: "Active",
  past_due: "Payment due",
  canceled: "Ended",
};

export function statusLabel(status: string): string {
  return SAID[status] ?? status;
}
