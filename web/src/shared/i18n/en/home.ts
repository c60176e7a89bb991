// The first page: hero, rows, the house before its first film.
export const home = {
  about: "About {{name}}",
  empty: {
    title: "The first films are on their way",
    soon: "The projectionist is threading them in. They appear here by themselves, one by one.",
    later: "Good prints take a while to make. They still appear here by themselves, so leave the lights off.",
  },
  more: "More",
  moreComing: "More films are coming in. This page fills by itself.",
  remove: "Remove from this row",
  removeNamed: "Remove {{name}} from Continue watching",
  resumeNamed: "Resume {{name}}",
  rows: {
    arrived: "Now here: what you waited for",
    continue_watching: "Continue watching",
    my_list: "My List",
    new: "New on Bijou",
    top_rated: "Loved by viewers",
    trending: "Trending now",
  },
  soundOff: "Turn the sound off",
  soundOn: "Turn the sound on",
} as const;
