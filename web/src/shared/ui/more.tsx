// The end of a list that goes on: asks for more before it is reached.
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import { Button } from "./button";

/** How far below the window the next page is asked for already. */
const AHEAD = "900px";

interface Props {
  /** What `useInfiniteQuery` says. */
  list: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    error: unknown;
    fetchNextPage: () => unknown;
  };
}

export function More({ list }: Props) {
  const { t } = useTranslation();
  const end = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list;
  const ready = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;
  useEffect(() => {
    if (!ready || !end.current) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && fetchNextPage(), {
      rootMargin: AHEAD,
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [ready, fetchNextPage]);
  return (
    <div ref={end} role="status" className="flex min-h-px flex-col items-center gap-3 py-6 text-dust text-sm">
      {isFetchingNextPage && <span>{t("common.loading")}</span>}
      {isFetchNextPageError && (
        <>
          <span>{sentence(list.error)}</span>
          <Button kind="raised" onClick={() => fetchNextPage()}>
            {t("common.tryAgain")}
          </Button>
        </>
      )}
    </div>
  );
}
