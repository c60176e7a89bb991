// Browsing: all genres, and the titles of one.
export const browse = {
  all: "All",
  browse: "Browse",
  emptyText: "No film of this kind is shown in your country or on this profile just now.",
  emptyTitle: "Nothing here at the moment",
  films: "Films",
  genres: "Genres",
  none: "There is nothing on the programme yet. Films appear here as they come.",
  order: "Order",
  otherGenres: "Other genres",
  series: "Series",
  sort: { name: "A to Z", newest: "New on Bijou", oldest: "Longest on Bijou", year: "Latest year" },
  type: "Kind",
  ways: { newest: "Latest first", popular: "Most watched", rating: "Best rated" },
} as const;
