// The search page before anything is asked.
import { useTranslation } from "react-i18next";
import { LookAround } from "./look-around";

export function Start() {
  const { t } = useTranslation();
  return (
    <>
      <header className="gutter">
        <h1 className="font-semibold text-xl sm:text-2xl">{t("search.empty.start")}</h1>
        <p className="mt-2 max-w-xl text-dust">{t("search.empty.startText")}</p>
      </header>
      <LookAround />
    </>
  );
}
