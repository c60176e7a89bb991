// The house before its first film, and the word that more are on their way.

import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Auditorium } from "@/shared/ui/auditorium";

/** After this long without a film, say that it takes a while. Seconds. */
const LONG = 90;

export function ComingSoon() {
  const { t } = useTranslation();
  const waited = useSeconds();
  return (
    <section
      className="relative isolate flex min-h-svh flex-col overflow-hidden"
      data-testid="coming-soon"
      aria-labelledby="coming-soon"
    >
      <Auditorium />
      <div className="gutter flex flex-1 animate-rise flex-col items-center justify-center pt-(--header) pb-[26svh] text-center">
        <h1
          id="coming-soon"
          className="max-w-4xl font-display text-[clamp(2.25rem,5vw,4.5rem)] leading-[1.08]"
        >
          {t("home.empty.title")}
        </h1>
        <p className="mt-6 max-w-xl text-ivory/85 text-lg" role="status">
          {waited < LONG ? t("home.empty.soon") : t("home.empty.later")}
        </p>
        <div className="mt-10 h-1 w-56 overflow-hidden rounded-full bg-ivory/20" aria-hidden="true">
          <div className="h-full w-1/3 animate-reel rounded-full bg-ruby" />
        </div>
      </div>
    </section>
  );
}

export function MoreComing() {
  const { t } = useTranslation();
  return (
    <p role="status" className="gutter flex items-center gap-4 text-dust" data-testid="more-coming">
      <span className="h-1 w-16 overflow-hidden rounded-full bg-ivory/15" aria-hidden="true">
        <span className="block h-full w-1/3 animate-reel rounded-full bg-ruby" />
      </span>
      {t("home.moreComing")}
    </p>
  );
}

/** Whole seconds since the screen came. */
function useSeconds(): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((now) => now + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return seconds;
}
