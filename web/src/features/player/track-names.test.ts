import { afterEach, describe, expect, it } from "vitest";
import { languageName } from "@/shared/i18n/format";
import { speak } from "@/shared/i18n/i18n";
import { trackName } from "./track-names";

afterEach(() => speak("en"));

describe("the name of a track", () => {
  it("is said in the viewer's language where it is that of its language", async () => {
    await speak("de");
    const names = [
      trackName({ language: "de", label: "German" }),
      trackName({ language: "en", label: "English 2" }),
      trackName({ language: "pt-BR", label: "Portuguese (Brazil)" }),
      trackName({ language: "fr", label: null }),
      trackName({ language: "und", label: "Sound" }),
      trackName({ language: "", label: null }),
      trackName({ language: "en", label: "English (commentary)" }),
      trackName({ language: "de", label: "German (audio description) 5.1 2" }),
      trackName({ language: "en", label: "English (SDH)" }),
      trackName({ language: "en", label: "English (forced) 2" }),
    ];
    expect(names).toEqual([
      "Deutsch",
      "Englisch 2",
      languageName("pt-BR"),
      "Französisch",
      "Originalton",
      "Originalton",
      "Englisch (Kommentar)",
      "Deutsch (Audiodeskription) 5.1 2",
      "Englisch (für Hörgeschädigte)",
      "Englisch (nur Fremdsprachiges) 2",
    ]);
  });

  it("is otherwise the one it was given", async () => {
    await speak("de");
    expect(trackName({ language: "en", label: "The director talks" })).toBe("The director talks");
    expect(trackName({ language: "en", label: "Ann (commentary)" })).toBe("Ann (commentary)");
    expect(trackName({ language: "not a code", label: "2" })).toBe("2");
  });

  it("stays as it is in English", () => {
    expect(trackName({ language: "de", label: "German" })).toBe("German");
    expect(trackName({ language: "de", label: "German (SDH) 2" })).toBe("German (SDH) 2");
  });
});
