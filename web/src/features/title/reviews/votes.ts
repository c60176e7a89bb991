// What a vote makes of the votes there are.
import type { Review } from "@/shared/api/shapes";

/** The votes after mine is `helpful`; null takes it back. */
export function voted(votes: Review["votes"], helpful: boolean | null): Review["votes"] {
  const less = (of: boolean) => (votes.mine === of ? 1 : 0);
  const more = (of: boolean) => (helpful === of ? 1 : 0);
  return {
    helpful: votes.helpful - less(true) + more(true),
    unhelpful: votes.unhelpful - less(false) + more(false),
    mine: helpful,
  };
}
