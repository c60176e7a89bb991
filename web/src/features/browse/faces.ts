// Which title's picture stands for which genre.
import type { Card, Genre } from "@/shared/api/shapes";

type Face = Pick<Card, "title_id" | "genres" | "backdrop_url">;

/** By the genre's id: a title of it with a picture, another one for each as far as they go round. The small genres choose first. */
export function facesOf<F extends Face>(
  genres: readonly Pick<Genre, "id" | "name" | "titles">[],
  cards: readonly F[],
): Map<string, F> {
  const faces = new Map<string, F>();
  const taken = new Set<string>();
  for (const { id, name } of [...genres].sort((a, b) => a.titles - b.titles)) {
    const known = cards.filter((card) => card.backdrop_url && (card.genres ?? []).includes(name));
    const face = known.find(({ title_id }) => !taken.has(title_id)) ?? known[0];
    if (!face) continue;
    taken.add(face.title_id);
    faces.set(id, face);
  }
  return faces;
}
