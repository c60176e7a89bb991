// A title as lists give it, as its card shows it.

interface Tile {
  title_id: string;
  name: string;
  poster_url?: string | null;
  poster_srcset?: string | null;
  color?: string | null;
  blurhash?: string | null;
  availability?: "playable" | "listed";
}

export function posterOf(tile: Tile) {
  return {
    titleId: tile.title_id,
    name: tile.name,
    poster: tile.poster_url,
    srcSet: tile.poster_srcset,
    color: tile.color,
    blurhash: tile.blurhash,
    listedOnly: tile.availability === "listed",
  };
}
