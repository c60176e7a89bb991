// The page of one film or series.
export const title = {
  andMore_one: "and {{count}} more",
  andMore_other: "and {{count}} more",
  episode: "Episode {{number}}",
  episodes_one: "{{count}} episode",
  episodes_other: "{{count}} episodes",
  gone: {
    title: "This title is not on the programme",
    text: "It may have left, or it is not shown in your country or on this profile.",
    out: "Back to the films",
  },
  disliked: "Not for me",
  liked: "I like it",
  rate: "Rate it",
  season: "Season",
  seasonNamed: "Season {{number}} · {{name}}",
  seasonNumber: "Season {{number}}",
  similar: "More like this",
  specials: "Specials",
  specialsNamed: "Specials · {{name}}",
} as const;
