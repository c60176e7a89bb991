// How one gets into the account: its address, its password, passkeys, a second factor.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { me } from "@/shared/api/identity";
import { keys } from "@/shared/api/queries";
import { securityState } from "@/shared/api/security";
import { useSession } from "@/shared/session/auth";
import { Button } from "@/shared/ui/button";
import { LoadFailed } from "@/shared/ui/notice";
import { Panel, SettingsPage } from "@/shared/ui/panel";
import { ChangePassword } from "./change-password";
import { Email } from "./email";
import { Passkeys } from "./passkeys";
import { SecondFactor } from "./second-factor";

export function SecurityScreen() {
  const { t } = useTranslation();
  const { holder } = useSession();
  const account = useQuery({ queryKey: keys.me, queryFn: me, enabled: holder });
  const state = useQuery({ queryKey: keys.security, queryFn: securityState, enabled: holder });
  if (!holder)
    return (
      <SettingsPage title={t("security.title")}>
        <Panel title={t("security.title")}>
          <div
            className="flex flex-wrap items-center justify-between gap-4"
            data-testid="security-not-the-holder"
          >
            <p className="text-dust">{t("plans.askGrownUp")}</p>
            <Button asChild>
              <Link to="/profiles">{t("common.switchProfile")}</Link>
            </Button>
          </div>
        </Panel>
      </SettingsPage>
    );
  const failed = account.error ?? state.error;
  if (failed)
    return (
      <LoadFailed error={failed} onRetry={() => void Promise.all([account.refetch(), state.refetch()])} />
    );
  return (
    <SettingsPage title={t("security.title")}>
      <p className="mt-2 text-dust">{t("security.lead")}</p>
      <Panel title={t("common.email")}>
        {account.data ? <Email account={account.data} /> : <div className="skeleton h-16 rounded-card" />}
      </Panel>
      <Panel title={t("common.password")}>
        <ChangePassword />
      </Panel>
      {account.data?.email_verified && (
        <>
          <Panel title={t("security.passkeys")}>
            <Passkeys />
          </Panel>
          <Panel title={t("security.second")}>
            {state.data ? (
              <SecondFactor on={state.data.totp} left={state.data.recovery_codes} />
            ) : (
              <div className="skeleton h-16 rounded-card" />
            )}
          </Panel>
        </>
      )}
    </SettingsPage>
  );
}
