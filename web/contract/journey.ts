// A viewer's first steps with nothing but the generated types and openapi-fetch, as anyone outside this project would take
// them. tests/contract/test_clients.py runs it with Node.js against real services; it prints what it saw as JSON.
import createClient from "openapi-fetch";
import type { paths } from "../src/shared/api/schema";

function got<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.url}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

async function journey(baseUrl: string, email: string) {
  const anyone = createClient<paths>({ baseUrl });
  const password = "three quiet otters";
  const account = { email, password, name: "Grace", country: "US" };
  const signedIn = got(await anyone.POST("/api/v1/auth/register", { body: account }));
  const headers = { authorization: `Bearer ${signedIn.access_token}` };
  const api = createClient<paths>({ baseUrl, headers });

  const plans = got(await anyone.GET("/api/v1/plans"));
  const number = "4242424242424242";
  const card = { number, cvc: "123", exp_month: 12, exp_year: 2099 };
  const { token } = got(await anyone.POST("/api/v1/billing/sandbox/tokens", { body: card }));
  const method = got(
    await api.POST("/api/v1/me/payment-methods", {
      body: { provider: "sandbox", token, is_default: true },
    }),
  );
  const order = { plan_id: plans.items[0]?.id ?? "", payment_method_id: method.id };
  const key = { header: { "Idempotency-Key": "a-key-of-my-own" } };
  const subscription = got(await api.POST("/api/v1/me/subscription", { body: order, params: key }));

  const [profile] = got(await api.GET("/api/v1/me/profiles")).items;
  if (!profile) throw new Error("an account has a first profile");
  const bound = got(
    await api.POST("/api/v1/me/profiles/{profile_id}/select", {
      params: { path: { profile_id: profile.id } },
    }),
  );
  const viewer = createClient<paths>({
    baseUrl,
    headers: { authorization: `Bearer ${bound.access_token}` },
  });
  const home = got(await viewer.GET("/api/v1/home"));
  const missing = await viewer.GET("/api/v1/titles/{title_id}", {
    params: { path: { title_id: profile.id } },
  });
  const refused = await anyone.POST("/api/v1/auth/login", { body: { email, password: "wrong" } });

  return {
    status: subscription.status,
    profile: profile.name,
    rows: home.rows.length,
    missing: missing.error?.code,
    refused: refused.error?.code,
  };
}

const [, , baseUrl = "", email = ""] = process.argv;
console.log(JSON.stringify(await journey(baseUrl, email)));
