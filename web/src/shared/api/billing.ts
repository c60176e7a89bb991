// Calls to billing: plans, cards of the sandbox provider, the subscription.
import { body, DELETE, GET, POST } from "./client";
import type { PaymentMethod, Subscription } from "./shapes";

export interface CardNumber {
  number: string;
  exp_month: number;
  exp_year: number;
  cvc: string;
}

export const plans = async () => (await body(GET("/api/v1/plans"))).items;

export const subscription = () => body(GET("/api/v1/me/subscription"));

/** Leave at the end of the period that is paid. */
export const cancelSubscription = () => body(DELETE("/api/v1/me/subscription"));

/** Take the leaving back. */
export const resumeSubscription = () => body(POST("/api/v1/me/subscription/resume"));

/** Keep a card with the sandbox provider: the number goes to the provider's page and never to our own services. */
export async function addCard(card: CardNumber): Promise<PaymentMethod> {
  const { token } = await body(POST("/api/v1/billing/sandbox/tokens", { body: card }));
  return body(POST("/api/v1/me/payment-methods", { body: { provider: "sandbox", token } }));
}

/** Subscribe. The same `attempt` twice charges once. */
export const subscribe = (
  wish: { plan_id: string; payment_method_id: string },
  attempt: string,
): Promise<Subscription> =>
  body(POST("/api/v1/me/subscription", { body: wish, params: { header: { "Idempotency-Key": attempt } } }));
