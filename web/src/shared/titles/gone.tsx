// In place of a page whose title, collection, person or genre this profile may not see, or nobody any more.

import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Problem } from "@/shared/api/problems";
import { Button } from "@/shared/ui/button";
import { PageNotice } from "@/shared/ui/notice";
import { Newest } from "./newest";

export const isGone = (error: unknown): boolean =>
  error instanceof Problem && (error.status === 404 || error.status === 422);

export function Gone({ what }: { what: "title" | "collection" | "person" | "genre" }) {
  const { t } = useTranslation();
  return (
    <>
      <PageNotice
        title={t(`gone.${what}.title`)}
        className="min-h-[60dvh] pb-10"
        actions={
          <>
            <Button asChild kind="light">
              <Link to="/home" data-first>
                {t("gone.out")}
              </Link>
            </Button>
            <Button asChild kind="glass">
              <Link to="/browse">{t(what === "genre" ? "browse.otherGenres" : "browse.browse")}</Link>
            </Button>
          </>
        }
      >
        {t(`gone.${what}.text`)}
      </PageNotice>
      <Newest title={t("gone.instead")} />
    </>
  );
}
