// Confirming an address by the link of a mail: at the press of a button, for programs that read mails open every link in them.

import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { verifyEmail } from "@/shared/api/identity";
import { Problem } from "@/shared/api/problems";
import { keys, queries } from "@/shared/api/queries";
import { linkToken } from "@/shared/lib/link-token";
import { useSession } from "@/shared/session/auth";
import { Button } from "@/shared/ui/button";
import { EntryFrame } from "@/shared/ui/entry-frame";
import { FormError } from "@/shared/ui/notice";

export function Verify() {
  const { t } = useTranslation();
  const { signedIn } = useSession();
  const [token] = useState(linkToken);
  const confirm = useMutation({
    mutationFn: () => verifyEmail(token ?? ""),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.me }),
  });
  const gone = token === null || (confirm.error instanceof Problem && confirm.error.code === "link_invalid");
  const onwards = (
    <Button asChild size="lg" data-testid="verify-onwards">
      {signedIn ? (
        <Link to="/account/security">{t("auth.toAccount")}</Link>
      ) : (
        <Link to="/sign-in">{t("common.signIn")}</Link>
      )}
    </Button>
  );
  if (gone)
    return (
      <EntryFrame title={t("auth.linkGoneTitle")} lead={t("auth.linkGoneVerify")}>
        {onwards}
      </EntryFrame>
    );
  if (confirm.data)
    return (
      <EntryFrame
        title={confirm.data.changed ? t("auth.changedTitle") : t("auth.verifiedTitle")}
        lead={t(confirm.data.changed ? "auth.changed" : "auth.verified", { email: confirm.data.email })}
      >
        <div role="status">{onwards}</div>
      </EntryFrame>
    );
  return (
    <EntryFrame title={t("auth.verifyTitle")} lead={t("auth.verifyLead")}>
      <div className="flex flex-col gap-5">
        <FormError error={confirm.error} />
        <Button
          size="lg"
          busy={confirm.isPending}
          onClick={() => confirm.mutate()}
          data-testid="verify-submit"
        >
          {t("auth.verifyConfirm")}
        </Button>
      </div>
    </EntryFrame>
  );
}
