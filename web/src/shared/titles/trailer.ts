// Which of a title's trailers to offer.
import type { Title } from "@/shared/api/shapes";
import { language } from "@/shared/i18n/i18n";

export type Trailer = NonNullable<Title["trailers"]>[number];

/** The first in the viewer's language; where there is none, the first. */
export function trailerOf(
  trailers: readonly Trailer[] | null | undefined,
  spoken: string = language(),
): Trailer | null {
  const [first = null] = trailers ?? [];
  return trailers?.find((trailer) => primary(trailer.language) === primary(spoken)) ?? first;
}

function primary(tag: string): string | undefined {
  return tag.toLowerCase().split("-")[0];
}
