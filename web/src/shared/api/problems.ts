// Problem details (RFC 9457) as an error class, and the sentence a person reads for each code.

import i18next from "i18next";
import { language, t } from "@/shared/i18n/i18n";
import { SignedOut } from "@/shared/session/session";
import type { ProblemCode } from "./problem-codes";

export interface FieldError {
  loc: (string | number)[];
  msg: string;
  type?: string;
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

  /** What is wrong with the field whose path ends in `field`, if anything. The services explain it in English. */
  field(field: string): string | undefined {
    const error = this.body.errors?.find(({ loc }) => loc.at(-1) === field);
    return (
      error &&
      (words(`failures.fields.${error.type}`) ?? (language() === "en" ? error.msg : t("failures.field")))
    );
  }
}

/** A plain sentence for anything thrown: ours for the code where the language has one, or else the server's own. */
export function sentence(error: unknown): string {
  if (!(error instanceof Problem)) return t("failures.here");
  // What ended a stream says more than that it ended.
  const { reason } = error.body;
  return (
    words(`problems.${reason}`) ?? words(`problems.${error.code}`) ?? (error.message || t("failures.broken"))
  );
}

/** The text of a key that an answer names, if there is one. */
function words(key: string): string | undefined {
  return i18next.exists(key) ? (i18next.t as (key: string) => string)(key) : undefined;
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
      detail: "",
    });
  }
  return new Problem({ status: 0, code: OFFLINE, detail: "", retryable: true });
}
