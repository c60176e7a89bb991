// Who is watching.
import type { en } from "@/shared/i18n/en";
import type { Texts } from "@/shared/i18n/texts";

export const profiles: Texts<typeof en.profiles> = {
  add: "Profil hinzufügen",
  addSubmit: "Profil anlegen",
  forChildren: "Für Kinder",
  forChildrenHint: "Nur Filme, die bis {{age}} Jahre passen.",
  grownUpOnly: "Hier dürfen nur Erwachsene ein Profil anlegen. Gib das Passwort des Kontos ein.",
  kids: "Kinder",
  locked: "Gesperrt",
  lockedNamed: "{{name}} ist gesperrt",
  name: "Name",
  nameLong_one: "Höchstens {{count}} Zeichen.",
  nameLong_other: "Höchstens {{count}} Zeichen.",
  nameMissing: "Gib dem Profil einen Namen.",
  newText: "Mit eigener Liste und eigener Stelle in jedem Film.",
  newTitle: "Ein neues Profil",
  open: "Öffnen",
  pickAgrees:
    "Wer auswählt, schaltet „Filme, die zu dir passen“ für dieses Profil ein: Die Reihen richten sich dann danach, was ihm gefällt und was es sieht. Unter „Abo und Konto“ lässt sich das ausschalten und alles vergessen.",
  pickDone: "Zeig mir meine Filme",
  pickLead: "Drei reichen für den Anfang. Den Rest macht, was du siehst.",
  pickMore_one: "Noch {{count}} auswählen",
  pickMore_other: "Noch {{count}} auswählen",
  pickSkip: "Jetzt nicht",
  pickTitle: "Was davon gefällt dir?",
  passwordToOpen: "Gib das Passwort des Kontos ein, um {{name}} zu öffnen.",
  pin: "PIN",
  pinHint: "Wird jedes Mal verlangt, wenn dieses Profil geöffnet wird.",
  pinOptional: "PIN (wenn du magst)",
  pinWrong: "Vier Ziffern oder gar nichts.",
  usePassword: "Mit dem Passwort des Kontos",
  usePin: "Mit der PIN",
  who: "Wer schaut?",
  wrongPassword: "Das ist nicht das Passwort. Versuch es noch mal.",
  wrongPin: "Das ist nicht die PIN. Versuch es noch mal.",
};
