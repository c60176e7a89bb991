// The watch state learns of a position by event: pages that show positions are asked for again when it has.
import { refreshPlaces } from "@/shared/api/queries";

/** After so long, and again in case that was too soon. Milliseconds. */
const SETTLED = [700, 2_500, 6_000];

/** Returns how to think better of it. */
export function lookAgain(): () => void {
  const looks = SETTLED.map((wait) => setTimeout(refreshPlaces, wait));
  return () => looks.forEach(clearTimeout);
}
