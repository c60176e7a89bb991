// My List, and what is waited for.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const mylist: Texts<typeof en.mylist> = {
  emptyTitle: "Deine Liste ist noch leer",
  emptyText: "Drück „Meine Liste“ bei allem, was du dir aufheben willst. Hier wartet es auf dich.",
  find: "Etwas finden",
  arrived: "Jetzt da",
  waiting: "Darauf wartest du",
};
