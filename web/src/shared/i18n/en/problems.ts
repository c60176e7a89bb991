// Failures as sentences, by their code. Only those that say it more kindly than the services, which speak English themselves.
import type { Code } from "@/shared/api/problems";

const BROKEN = "Something broke on our side. Please try again in a moment.";

/** Failures without a code, or with one that nobody has words for. */
export const failures = {
  broken: BROKEN,
  here: "Something went wrong here. Please reload the page.",
  field: "Please check this.",
  /** What is wrong with a field, by the type of its error. */
  fields: {
    missing: "Please fill this in.",
    string_pattern_mismatch: "This does not look right. Please check it.",
    string_too_long: "This is too long.",
    string_too_short: "This is too short.",
    text_bytes: "This is too long.",
    text_refused: "There is a character in this that cannot be used.",
    text_unseen: "Please write something that can be seen.",
  },
} as const;

export const problems: { readonly [code in Code]?: string } = {
  internal_error: BROKEN,
  media_failed: "This film would not play just now. Please try again in a moment.",
  offline: "We can’t reach Bijou right now. Check your connection, then try again.",
  payment_declined: "Your bank declined this card. Try another card, or call your bank.",
  signed_out: "Please sign in again to go on watching.",
  too_many_requests: "That was a lot of tries. Please wait a moment, then try again.",
  unavailable: "This part of Bijou is taking a short break. Please try again in a moment.",
  unreadable_answer: "Bijou gave an answer we could not read. Please try again in a moment.",
};
