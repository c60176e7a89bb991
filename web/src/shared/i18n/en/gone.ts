// In place of a page that is not there.
export const gone = {
  collection: {
    title: "This collection has closed",
    text: "It may be over, or it is not shown in your country or on this profile.",
  },
  genre: {
    title: "There is no such genre here",
    text: "It may be called something else, or none of its films is shown in your country or on this profile.",
  },
  person: {
    title: "This person is not on the programme",
    text: "Perhaps none of their films is shown in your country or on this profile.",
  },
  title: {
    title: "This title is not on the programme",
    text: "It may have left, or it is not shown in your country or on this profile.",
  },
  instead: "New on Bijou instead",
  out: "Back to the films",
} as const;
