// Leaving the plan at the end of what is paid, and thinking better of it.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { cancelSubscription, resumeSubscription } from "@/shared/api/billing";
import { keys } from "@/shared/api/queries";
import type { Subscription } from "@/shared/api/shapes";
import { day } from "@/shared/lib/format";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { FormError } from "@/shared/ui/notice";

export function LeavePlan({ subscription }: { subscription: Subscription }) {
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
          Keep my plan
        </Button>
        <FormError error={change.error} />
      </div>
    );
  }
  return (
    <>
      <Button kind="raised" onClick={() => setAsking(true)} data-testid="leave-plan">
        Leave
      </Button>
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        title="Leave Bijou?"
        description={`You can watch until ${day(subscription.current_period_end)}, and nothing more is charged. Until then you can change your mind here.`}
      >
        <div className="flex flex-col gap-4">
          <FormError error={change.error} />
          <div className="flex flex-wrap gap-3">
            <Button onClick={() => change.mutate()} busy={change.isPending} data-testid="leave-plan-sure">
              Leave
            </Button>
            <Button kind="raised" onClick={() => setAsking(false)}>
              Stay
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
