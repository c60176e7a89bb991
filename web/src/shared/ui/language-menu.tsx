// Choosing the language of the app.
import { ChevronDown, Globe } from "lucide-react";
import { useTranslation } from "react-i18next";
import { choose, language } from "@/shared/i18n/i18n";
import { isOffered, LANGUAGES, OFFERED } from "@/shared/i18n/languages";
import { Button } from "./button";
import { Menu, MenuChoices } from "./menu";

export function LanguageMenu({ side }: { side?: "top" | "bottom" }) {
  const { t } = useTranslation();
  return (
    <Menu
      side={side}
      trigger={
        <Button
          kind="raised"
          size="sm"
          data-testid="language"
          aria-label={`${t("common.language")}: ${LANGUAGES[language()].name}`}
        >
          <Globe className="size-4" aria-hidden="true" />
          <span lang={language()}>{LANGUAGES[language()].name}</span>
          <ChevronDown className="size-4" aria-hidden="true" />
        </Button>
      }
    >
      <MenuChoices
        label={t("common.language")}
        value={language()}
        onChoose={(id) => isOffered(id) && void choose(id)}
        choices={OFFERED.map((id) => ({ id, label: LANGUAGES[id].name }))}
      />
    </Menu>
  );
}
