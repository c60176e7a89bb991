// Plan and account: what is paid for, until when, and who is signed in.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { plans as loadPlans } from "@/shared/api/billing";
import { me, signOut } from "@/shared/api/identity";
import { keys } from "@/shared/api/queries";
import { priceByInterval } from "@/shared/billing/price";
import { subscribed } from "@/shared/billing/subscribed";
import { day } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { useSession } from "@/shared/session/auth";
import { Button } from "@/shared/ui/button";
import { LanguageMenu } from "@/shared/ui/language-menu";
import { LoadFailed } from "@/shared/ui/notice";
import { Panel, SettingsPage } from "@/shared/ui/panel";
import { CloseAccount } from "./close-account";
import { History } from "./history";
import { LeavePlan } from "./leave-plan";
import { offers, plainName } from "./offer";
import { statusLabel } from "./status-label";
import { Taste } from "./taste";
import { Telling } from "./telling";
import { useSubscription } from "./use-subscription";

export function AccountScreen() {
  const { holder } = useSession();
  return holder ? <Account /> : <NotTheHolder />;
}

/** A profile with an age limit: what is paid for and by whom is not its business. */
function NotTheHolder() {
  const { t } = useTranslation();
  return (
    <Screen>
      <Panel title={t("plans.yours")}>
        <div className="flex flex-wrap items-center justify-between gap-4" data-testid="not-the-holder">
          <p className="text-dust">{t("plans.askGrownUp")}</p>
          <Button asChild>
            <Link to="/profiles">{t("common.switchProfile")}</Link>
          </Button>
        </div>
      </Panel>
      <Speech />
    </Screen>
  );
}

function Screen({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return <SettingsPage title={t("plans.account")}>{children}</SettingsPage>;
}

function Account() {
  const { t } = useTranslation();
  const account = useQuery({ queryKey: keys.me, queryFn: me });
  const mine = useSubscription();
  const plans = useQuery({ queryKey: keys.plans, queryFn: loadPlans });
  const failed = account.error ?? mine.error;
  if (failed) {
    return (
      <LoadFailed error={failed} onRetry={() => void Promise.all([account.refetch(), mine.refetch()])} />
    );
  }
  const plan = plans.data?.find(({ id }) => id === mine.data?.plan_id);
  return (
    <Screen>
      <Panel title={t("plans.yours")}>
        {mine.isPending ? (
          <div className="skeleton h-24 rounded-card" />
        ) : mine.data && subscribed(mine.data.status) ? (
          <div data-testid="subscription" data-status={mine.data.status}>
            <p className="flex flex-wrap items-center gap-3">
              <span className="font-display text-xl">{plan ? plainName(plan) : mine.data.plan_id}</span>
              <Status status={mine.data.status} />
            </p>
            {plan && (
              <p className="mt-1 text-dust">
                {[priceByInterval(plan), ...offers(plan).slice(0, 2)].join(" · ")}
              </p>
            )}
            <p className="mt-4 text-sm">
              {mine.data.cancel_at_period_end
                ? t("plans.ends", { day: day(mine.data.current_period_end) })
                : mine.data.status === "trialing"
                  ? t("plans.freeUntil", { day: day(mine.data.current_period_end) })
                  : t("plans.renews", { day: day(mine.data.current_period_end) })}
            </p>
            <div className="mt-5">
              <LeavePlan subscription={mine.data} />
            </div>
          </div>
        ) : (
          <div className="flex flex-wrap items-center justify-between gap-4">
            <p className="text-dust">{t("plans.none")}</p>
            <Button asChild>
              <Link to="/plans">{t("common.choosePlan")}</Link>
            </Button>
          </div>
        )}
      </Panel>
      <Panel title={t("plans.signedInAs")}>
        {account.data ? (
          <div className="flex flex-wrap items-center justify-between gap-4">
            <div>
              <p className="font-medium">{account.data.name}</p>
              <p className="text-dust">{account.data.email}</p>
            </div>
            <Button kind="raised" onClick={() => void signOut()}>
              {t("common.signOut")}
            </Button>
          </div>
        ) : (
          <div className="skeleton h-12 rounded-card" />
        )}
      </Panel>
      <Panel title={t("security.title")}>
        <div className="flex flex-wrap items-center justify-between gap-4">
          <p className="max-w-md text-dust text-sm">
            {account.data?.email_verified === false ? t("security.unconfirmedWhy") : t("security.openText")}
          </p>
          <Button asChild kind="raised">
            <Link to="/account/security" data-testid="to-security">
              {t("security.open")}
            </Link>
          </Button>
        </div>
      </Panel>
      <Speech />
      {account.data?.roles.length === 0 && (
        <Panel title={t("plans.closing")}>
          <CloseAccount />
        </Panel>
      )}
    </Screen>
  );
}

function Speech() {
  const { t } = useTranslation();
  return (
    <>
      <Panel title={t("plans.telling")}>
        <Telling />
      </Panel>
      <Panel title={t("plans.taste")}>
        <Taste />
      </Panel>
      <Panel title={t("plans.history")}>
        <History />
      </Panel>
      <Panel title={t("common.language")}>
        <LanguageMenu />
      </Panel>
    </>
  );
}

function Status({ status }: { status: string }) {
  const good = status === "active" || status === "trialing";
  return (
    <span
      className={cn(
        "rounded-full px-2.5 py-0.5 font-medium text-xs",
        good ? "bg-mint/15 text-mint" : "bg-amber/15 text-amber",
      )}
    >
      {statusLabel(status)}
    </span>
  );
}
