// Which of a title's trailers to offer.
import type { Title } from "@/shared/api/shapes";
import { language } from "@/shared/i18n/i18n";

export type Trailer = NonNullable<Title["trailers"]>[number];

/** Of trailers and teasers the first in the viewer's language; where there is none, the first. Other extras are none. */
export function trailerOf(
  trailers: readonly Trailer[] | null | undefined,
  spoken: string = language(),
): Trailer | null {
  const offered = trailers?.filter(({ kind = "trailer" }) => kind === "trailer" || kind === "teaser") ?? [];
  const [first = null] = offered;
  return offered.find((trailer) => primary(trailer.language) === primary(spoken)) ?? first;
}

/** Everything short about a title, where there is something besides its trailer, which has a button of its own. */
export function extrasOf(
  trailers: readonly Trailer[] | null | undefined,
  spoken: string = language(),
): readonly Trailer[] {
  const trailer = trailerOf(trailers, spoken);
  return trailers?.some(({ id }) => id !== trailer?.id) ? trailers : [];
}

function primary(tag: string): string | undefined {
  return tag.toLowerCase().split("-")[0];
}
