// In place of a page whose title, collection or person this profile may not see, or nobody any more.

import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Problem } from "@/shared/api/problems";
import { Button } from "@/shared/ui/button";
import { PageNotice } from "@/shared/ui/notice";

export const isGone = (error: unknown): boolean =>
  error instanceof Problem && (error.status === 404 || error.status === 422);

export function Gone({ what }: { what: "title" | "collection" | "person" }) {
  const { t } = useTranslation();
  return (
    <PageNotice
      title={t(`${what}.gone.title`)}
      actions={
        <Button asChild kind="light">
          <Link to="/home">{t("title.gone.out")}</Link>
        </Button>
      }
    >
      {t(`${what}.gone.text`)}
    </PageNotice>
  );
}
