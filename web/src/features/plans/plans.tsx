// Choosing a plan.

import { useQuery } from "@tanstack/react-query";
import { Link, Navigate } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { plans as loadPlans } from "@/shared/api/billing";
import { signOut } from "@/shared/api/identity";
import { keys } from "@/shared/api/queries";
import type { Plan } from "@/shared/api/shapes";
import { perInterval, priceLabel } from "@/shared/billing/price";
import { subscribed } from "@/shared/billing/subscribed";
import { percent } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { Button } from "@/shared/ui/button";
import { EntryFrame } from "@/shared/ui/entry-frame";
import { LoadFailed } from "@/shared/ui/notice";
import { offers, plainName, yearlySaving } from "./offer";
import { useSubscription } from "./use-subscription";

export function PlansScreen() {
  const { t } = useTranslation();
  const [interval, setInterval] = useState<Plan["interval"]>("month");
  const mine = useSubscription();
  const { data, error, refetch } = useQuery({ queryKey: keys.plans, queryFn: loadPlans });
  if (subscribed(mine.data?.status)) return <Navigate to="/account" replace />;
  if (error) return <LoadFailed error={error} onRetry={() => void refetch()} className="min-h-dvh" />;
  const shown = data
    ?.filter((plan) => plan.interval === interval)
    .sort((a, b) => a.price.amount - b.price.amount);
  const saving = yearlySaving(data ?? []);
  const trial = Math.max(0, ...(shown ?? []).map((plan) => plan.trial_days));
  return (
    <EntryFrame
      wide
      title={t("plans.chooseTitle")}
      lead={trial > 0 ? t("plans.chooseLeadTrial", { count: trial }) : t("plans.chooseLead")}
      aside={
        <Button kind="quiet" size="sm" onClick={() => void signOut()}>
          {t("common.signOut")}
        </Button>
      }
    >
      <fieldset className="mx-auto mb-9 flex w-fit rounded-full bg-velvet p-1 ring-1 ring-seam">
        <legend className="sr-only">{t("plans.howOften")}</legend>
        {(["month", "year"] as const).map((value) => (
          <button
            key={value}
            type="button"
            aria-pressed={interval === value}
            onClick={() => setInterval(value)}
            className={cn(
              "flex items-center gap-2 rounded-full px-5 py-2 font-medium text-sm transition-colors duration-150",
              interval === value ? "bg-plush text-ivory" : "text-dust hover:text-ivory",
            )}
          >
            {value === "month" ? t("plans.monthly") : t("plans.yearly")}
            {value === "year" && saving > 0 && (
              <span className="text-brass text-xs">{t("plans.save", { percent: percent(saving) })}</span>
            )}
          </button>
        ))}
      </fieldset>
      <ul className="grid gap-5 lg:grid-cols-3" data-testid="plans">
        {shown
          ? shown.map((plan, index) => <PlanCard key={plan.id} plan={plan} favoured={index === 1} />)
          : [0, 1, 2].map((n) => <li key={n} className="skeleton h-96 rounded-panel" />)}
      </ul>
    </EntryFrame>
  );
}

function PlanCard({ plan, favoured }: { plan: Plan; favoured: boolean }) {
  const { t } = useTranslation();
  return (
    <li
      data-testid={`plan-${plan.id}`}
      className={cn(
        "flex flex-col rounded-panel bg-velvet p-7 ring-1",
        favoured ? "ring-brass/60 lg:-my-3 lg:py-10" : "ring-seam",
      )}
    >
      <div className="flex items-center justify-between">
        <h2 className="font-display text-xl">{plainName(plan)}</h2>
        {favoured && (
          <span className="rounded-full bg-brass/15 px-2.5 py-0.5 font-medium text-brass text-xs">
            {t("plans.ourPick")}
          </span>
        )}
      </div>
      <p className="mt-4 flex flex-wrap items-baseline gap-x-2 gap-y-1">
        <span className="font-display text-3xl leading-none">{priceLabel(plan)}</span>
        <span className="whitespace-nowrap text-dust text-sm">{perInterval(plan)}</span>
      </p>
      <ul className="mt-7 mb-8 flex flex-col gap-2.5 text-sm">
        {offers(plan).map((offer) => (
          <li key={offer} className="flex items-center gap-2.5">
            <Check className="size-4 shrink-0 text-mint" aria-hidden="true" />
            {offer}
          </li>
        ))}
      </ul>
      <Button asChild size="lg" kind={favoured ? "primary" : "raised"} className="mt-auto">
        <Link to="/plans/$planId" params={{ planId: plan.id }} data-testid={`choose-${plan.id}`}>
          {plan.trial_days > 0
            ? t("plans.tryFree", { count: plan.trial_days })
            : t("plans.choose", { plan: plainName(plan) })}
        </Link>
      </Button>
    </li>
  );
}
