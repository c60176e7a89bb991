// What staff see in the app: reviews to moderate.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const staff: Texts<typeof en.staff> = {
  actions: {
    held: "Von den Regeln zurückgehalten",
    hidden: "Nach Meldungen verborgen",
    keep: "Behalten",
    warn: "Behalten, mit Ermahnung",
    remove: "Entfernt",
    other: "Geändert",
  },
  after: "Nächste Seite",
  before: "Vorige Seite",
  decided: {
    keep: "Die Rezension ist zu sehen.",
    warn: "Die Rezension ist zu sehen, mit einer Ermahnung.",
    remove: "Die Rezension ist weg.",
  },
  decisions: { keep: "Behalten", warn: "Behalten und ermahnen", remove: "Entfernen" },
  found_one: "{{count, number}} Rezension",
  found_other: "{{count, number}} Rezensionen",
  heldFor: {
    link: "Ein Link",
    word: "Ein gelistetes Wort",
    reports: "Meldungen",
    removed: "Geändert, nachdem sie entfernt war",
  },
  log_one: "Was geschah ({{count}})",
  log_other: "Was geschah ({{count}})",
  moderation: "Rezensionen zum Ansehen",
  nothing: "Hier ist keine.",
  nothingWaits: "Nichts wartet auf dich. Ein ruhiges Haus.",
  page: "Seite {{page}} von {{pages}}",
  pages: "Seiten",
  reason: "Grund",
  reasonHint: "Bleibt im Protokoll. Wer ermahnt wird oder die Rezension verliert, liest ihn.",
  reasonMissing: "Sag mit ein paar Worten, warum.",
  reports_one: "{{count}} Meldung",
  reports_other: "{{count}} Meldungen",
  settled: "erledigt",
  show: "Zeigen",
  states: { held: "Warten", visible: "Zu sehen", removed: "Entfernt" },
  until: "Bis {{day}}:",
  versions_one: "Was vorher dastand ({{count}})",
  versions_other: "Was vorher dastand ({{count}})",
};
