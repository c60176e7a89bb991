// What is shown while a screen comes, when it breaks, and where there is none.

import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { useCallback, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { OFFLINE, Problem } from "@/shared/api/problems";
import { reach } from "@/shared/api/reach";
import { Button } from "@/shared/ui/button";
import { Mark } from "@/shared/ui/mark";
import { LoadFailed, PageNotice } from "@/shared/ui/notice";
import { retryScreens } from "./chunk";

export function Waiting() {
  const { t } = useTranslation();
  return (
    <div className="grid min-h-dvh place-items-center" role="status">
      <Mark className="size-10 animate-pulse" />
      <span className="sr-only">{t("common.loading")}</span>
    </div>
  );
}

export function ScreenFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = useCallback(() => {
    retryScreens();
    // Once what failed has been let go of, which takes a turn.
    setTimeout(() => {
      reset();
      void router.invalidate();
    });
  }, [router, reset]);
  // What only was out of reach comes by itself.
  const away = error instanceof Problem && error.code === OFFLINE;
  useEffect(() => (away ? reach.subscribe(() => reach.view() && again()) : undefined), [away, again]);
  return <LoadFailed error={error} onRetry={again} className="min-h-dvh" />;
}

/** The same without a frame around it. */
export function NotFoundPage() {
  return (
    <main>
      <NotFoundScreen />
    </main>
  );
}

export function NotFoundScreen() {
  const { t } = useTranslation();
  return (
    <PageNotice
      className="min-h-dvh"
      title={t("app.lost.title")}
      actions={
        <Button asChild kind="light">
          <Link to="/">{t("app.lost.out")}</Link>
        </Button>
      }
    >
      {t("app.lost.text")}
    </PageNotice>
  );
}
