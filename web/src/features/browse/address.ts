// How the titles of a genre are asked for, as it stands in the address.
import type { TitleType } from "@/shared/api/shapes";

export const SORTS = ["newest", "year", "name", "oldest"] as const;
const TYPES = ["movie", "series"] as const;

export interface GenreAddress {
  sort?: (typeof SORTS)[number];
  type?: TitleType;
}

/** What makes no sense is left out. */
export function genreAddress(address: { sort?: unknown; type?: unknown }): GenreAddress {
  const sort = SORTS.find((known) => known === address.sort);
  const type = TYPES.find((known) => known === address.type);
  return { ...(sort && { sort }), ...(type && { type }) };
}
