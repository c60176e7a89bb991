// Calls to billing: plans, cards of the sandbox provider, the subscription.
import type { Page, PaymentMethod, Plan, Subscription } from "@/lib/api-shapes";
import { call } from "./transport";

export interface CardNumber {
  number: string;
  exp_month: number;
  exp_year: number;
  cvc: string;
}

export const plans = () => call<Page<Plan>>("GET", "/plans").then((page) => page.items);

export const subscription = () => call<Subscription>("GET", "/me/subscription");

/** Keep a card with the sandbox provider: the number goes to the provider's page and never to our own services. */
export async function addCard(card: CardNumber): Promise<PaymentMethod> {
  const { token } = await call<{ token: string }>("POST", "/billing/sandbox/tokens", { body: card });
  return call<PaymentMethod>("POST", "/me/payment-methods", { body: { provider: "sandbox", token } });
}

/** Subscribe. The same `attempt` twice charges once. */
export const subscribe = (body: { plan_id: string; payment_method_id: string }, attempt: string) =>
  call<Subscription>("POST", "/me/subscription", { body, headers: { "idempotency-key": attempt } });
