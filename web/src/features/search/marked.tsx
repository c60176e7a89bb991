// A text with what fits the search set off from the rest.
import { Fragment } from "react";
import { parts, type Span } from "./spans";

export function Marked({ text, spans }: { text: string; spans: readonly Span[] }) {
  return (
    <bdi>
      {parts(text, spans).map((part, place) =>
        part.fits ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a part is known by its place
          <mark key={place} className="bg-transparent font-semibold text-ivory">
            {part.text}
          </mark>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a part is known by its place
          <Fragment key={place}>{part.text}</Fragment>
        ),
      )}
    </bdi>
  );
}
