// The front door.
export const welcome = {
  darkness: "The lights go down.",
  film: "The film is yours.",
  lead: "A small grand cinema after dark, with films and series picked by people who love them.",
  enter: "Take your seat",
  from: "From {{price}}. Leave whenever you like.",
  fromAfterTrial_one: "{{count}} day free, then from {{price}}. Leave whenever you like.",
  fromAfterTrial_other: "{{count}} days free, then from {{price}}. Leave whenever you like.",
  why: "Why Bijou",
  place: {
    title: "It remembers your place",
    text: "Stop on the sofa, go on in the train. Every film waits at the very second you left it.",
  },
  screens: {
    title: "Every screen you own",
    text: "Phone, tablet, laptop, television: the picture fits itself to the screen and to the line it comes through.",
  },
  seats: {
    title: "A seat for everyone",
    text: "Five profiles, each with a list of its own, and one for the children with only their films in it.",
  },
} as const;
