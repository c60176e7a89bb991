// Leaving the plan at the end of what is paid, and thinking better of it.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cancelSubscription, resumeSubscription } from "@/shared/api/billing";
import { keys } from "@/shared/api/queries";
import type { Subscription } from "@/shared/api/shapes";
import { day } from "@/shared/i18n/format";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { FormError } from "@/shared/ui/notice";

export function LeavePlan({ subscription }: { subscription: Subscription }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const leaving = subscription.cancel_at_period_end;
  const change = useMutation({
    mutationFn: () => (leaving ? resumeSubscription() : cancelSubscription()),
    onSuccess: (now) => {
      setAsking(false);
      client.setQueryData(keys.subscription, now);
    },
  });
  if (leaving) {
    return (
      <div className="flex flex-col items-start gap-3">
        <Button onClick={() => change.mutate()} busy={change.isPending} data-testid="keep-plan">
          {t("plans.keep")}
        </Button>
        <FormError error={change.error} />
      </div>
    );
  }
  return (
    <>
      <Button kind="raised" onClick={() => setAsking(true)} data-testid="leave-plan">
        {t("common.leave")}
      </Button>
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        title={t("plans.leaveTitle")}
        description={t("plans.leaveText", { day: day(subscription.current_period_end) })}
      >
        <div className="flex flex-col gap-4">
          <FormError error={change.error} />
          <div className="flex flex-wrap gap-3">
            <Button onClick={() => change.mutate()} busy={change.isPending} data-testid="leave-plan-sure">
              {t("common.leave")}
            </Button>
            <Button kind="raised" data-first onClick={() => setAsking(false)}>
              {t("plans.stay")}
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
