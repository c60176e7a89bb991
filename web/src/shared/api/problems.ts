// Problem details (RFC 9457) as an error class, and the sentence a person reads for each code.

import { SignedOut } from "@/shared/session/session";
import type { ProblemCode } from "./problem-codes";

export interface FieldError {
  loc: (string | number)[];
  msg: string;
}

export interface ProblemBody {
  status: number;
  code: string;
  detail: string;
  title?: string;
  type?: string;
  retryable?: boolean;
  trace_id?: string;
  errors?: FieldError[];
  [member: string]: unknown;
}

/** Codes of this client, for answers that never came and for what happens on this device. */
export const OFFLINE = "offline";
export const UNREADABLE = "unreadable_answer";
type OwnCode = typeof OFFLINE | typeof UNREADABLE | "media_failed" | "signed_out";
/** Every other code is the API's, whose list is generated: a comparison with one that does not exist is a mistake. */
export type Code = ProblemCode | OwnCode;

export class Problem extends Error {
  readonly status: number;
  readonly code: Code;
  readonly traceId: string;
  readonly body: ProblemBody;

  constructor(body: ProblemBody) {
    super(body.detail);
    this.name = "Problem";
    this.status = body.status;
    this.code = body.code as Code;
    this.traceId = body.trace_id ?? "";
    this.body = body;
  }

  /** Message of the first field error whose path ends in `field`, if any. */
  field(field: string): string | undefined {
    return this.body.errors?.find((error) => error.loc.at(-1) === field)?.msg;
  }
}

const BROKEN = "Something broke on our side. Please try again in a moment.";

const SENTENCES: { readonly [code in Code]?: string } = {
  [OFFLINE]: "We can’t reach Bijou right now. Check your connection, then try again.",
  [UNREADABLE]: "Bijou gave an answer we could not read. Please try again in a moment.",
  media_failed: "This film would not play just now. Please try again in a moment.",
  internal_error: BROKEN,
  unavailable: "This part of Bijou is taking a short break. Please try again in a moment.",
  too_many_requests: "That was a lot of tries. Please wait a moment, then try again.",
  payment_declined: "Your bank declined this card. Try another card, or call your bank.",
};

/** A plain sentence for anything thrown. The server's own detail wins unless we know a kinder one. */
export function sentence(error: unknown): string {
  if (error instanceof Problem) return SENTENCES[error.code] ?? (error.message || BROKEN);
  return "Something went wrong here. Please reload the page.";
}

/** Turn a failed answer into a Problem, whatever its body is. */
export async function problemOf(response: Response): Promise<Problem> {
  const fallback = (code: string): ProblemBody => ({ status: response.status, code, detail: "" });
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null && "code" in body) {
      return new Problem({ ...fallback("internal_error"), ...(body as Partial<ProblemBody>) });
    }
  } catch {
    // Not JSON: the edge or a proxy answered.
  }
  return new Problem(fallback(response.status >= 500 ? "unavailable" : UNREADABLE));
}

/** The Problem behind anything fetch can throw. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof SignedOut) {
    return new Problem({
      status: 401,
      code: "signed_out",
      detail: "Please sign in again to go on watching.",
    });
  }
  return new Problem({ status: 0, code: OFFLINE, detail: "", retryable: true });
}
