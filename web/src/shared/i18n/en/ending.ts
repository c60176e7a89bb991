// The place at the end of a film or episode, and the offer of the next one.
export const ending = {
  autoplay: "Next episodes begin by themselves",
  byItself: "The next episode begins in a few seconds. Press “{{stop}}” to stay here.",
  dismiss: "Do not offer the next episode",
  films: "What next?",
  seen: "You have seen",
} as const;
