// The front door: what Bijou is, and the way in.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MonitorSmartphone, RotateCcw, UsersRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { plans as loadPlans } from "@/shared/api/billing";
import { keys } from "@/shared/api/queries";
import { priceByInterval } from "@/shared/billing/price";
import { Auditorium } from "@/shared/ui/auditorium";
import { Button } from "@/shared/ui/button";
import { LanguageMenu } from "@/shared/ui/language-menu";
import { Wordmark } from "@/shared/ui/mark";

const REASONS = [
  { icon: RotateCcw, title: "welcome.place.title", text: "welcome.place.text" },
  { icon: MonitorSmartphone, title: "welcome.screens.title", text: "welcome.screens.text" },
  { icon: UsersRound, title: "welcome.seats.title", text: "welcome.seats.text" },
] as const;

export function Welcome() {
  const { t } = useTranslation();
  const { data } = useQuery({ queryKey: keys.plans, queryFn: loadPlans, retry: false });
  const cheapest = [...(data ?? [])].sort((a, b) => a.price.amount - b.price.amount)[0];
  const trial = Math.max(0, ...(data ?? []).map((plan) => plan.trial_days));
  const offer = (price: string) =>
    trial > 0 ? t("welcome.fromAfterTrial", { count: trial, price }) : t("welcome.from", { price });
  return (
    <main className="flex min-h-dvh flex-col">
      <section className="relative isolate flex min-h-svh flex-col overflow-hidden">
        <Auditorium />
        <header className="gutter flex h-(--header) items-center justify-between">
          <Wordmark />
          <Button asChild kind="glass" size="sm">
            <Link to="/sign-in" data-testid="sign-in-link">
              {t("common.signIn")}
            </Link>
          </Button>
        </header>
        <div className="gutter flex flex-1 animate-rise flex-col items-center justify-center pb-[24svh] text-center">
          <h1 className="font-display text-[clamp(2.5rem,6.2vw,5.5rem)] leading-[1.08]">
            <span className="block">{t("welcome.darkness")}</span>{" "}
            <span className="block">{t("welcome.film")}</span>
          </h1>
          <p className="mt-6 max-w-xl text-ivory/85 text-lg">{t("welcome.lead")}</p>
          <div className="mt-9 flex flex-col items-center gap-4">
            <Button asChild size="lg" className="px-10 text-lg">
              <Link to="/register" data-first data-testid="register-link">
                {t("welcome.enter")}
              </Link>
            </Button>
            <p className="min-h-6 text-ivory/80 text-sm">{cheapest && offer(priceByInterval(cheapest))}</p>
          </div>
        </div>
      </section>
      <section
        className="gutter mx-auto grid max-w-6xl gap-12 py-24 md:grid-cols-3"
        aria-label={t("welcome.why")}
      >
        {REASONS.map(({ icon: Icon, title, text }) => (
          <div key={title}>
            <Icon className="size-7 text-brass" strokeWidth={1.5} aria-hidden="true" />
            <h2 className="mt-4 font-semibold text-lg">{t(title)}</h2>
            <p className="mt-2 text-dust">{t(text)}</p>
          </div>
        ))}
      </section>
      <footer className="gutter mt-auto flex flex-wrap items-center justify-between gap-4 border-seam border-t py-8 text-dust text-sm">
        <Wordmark className="text-base text-ivory/80" />
        <LanguageMenu side="top" />
        <Link to="/register" className="font-semibold text-ivory hover:underline">
          {t("common.createAccount")}
        </Link>
      </footer>
    </main>
  );
}
