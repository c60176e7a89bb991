// A collection that editors put together.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const collection: Texts<typeof en.collection> = {
  whole: "Alle ansehen",
};
