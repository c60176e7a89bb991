// A moderator's decision about a review, with the reason that its writer reads.

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { decide } from "@/shared/api/moderation";
import { Problem } from "@/shared/api/problems";
import { keys, queries } from "@/shared/api/queries";
import type { ModeratedReview, ReviewDecision } from "@/shared/api/shapes";
import { Button } from "@/shared/ui/button";
import { FormError } from "@/shared/ui/notice";
import { TextArea } from "@/shared/ui/text-area";
import { toasts } from "@/shared/ui/toasts";

const LONGEST_REASON = 500;
const DECISIONS: readonly ReviewDecision[] = ["keep", "warn", "remove"];
const KINDS = { keep: "light", warn: "raised", remove: "primary" } as const;

export function DecisionForm({ review }: { review: ModeratedReview }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const decision = useMutation({
    mutationFn: (made: ReviewDecision) => decide(review, made, reason.trim()),
    onSuccess: (_, made) => {
      setReason("");
      toasts.say(t(`staff.decided.${made}`));
      return queries.invalidateQueries({ queryKey: keys.moderation() });
    },
    onError: (error) => {
      // Its writer was quicker: the review is shown as it is now, for another look.
      if (error instanceof Problem && error.status === 409)
        void queries.invalidateQueries({ queryKey: keys.moderation() });
    },
  });
  const make = (made: ReviewDecision) => {
    setMissing(!reason.trim());
    if (reason.trim()) decision.mutate(made);
  };
  return (
    <form className="flex flex-col gap-3" onSubmit={(event) => event.preventDefault()}>
      <FormError error={decision.error} />
      <TextArea
        label={t("staff.reason")}
        hint={t("staff.reasonHint")}
        error={missing ? t("staff.reasonMissing") : undefined}
        rows={2}
        maxLength={LONGEST_REASON}
        value={reason}
        onChange={({ target }) => setReason(target.value)}
      />
      <div className="flex flex-wrap gap-3">
        {DECISIONS.map((made) => (
          <Button
            key={made}
            size="sm"
            kind={KINDS[made]}
            busy={decision.isPending && decision.variables === made}
            disabled={decision.isPending}
            onClick={() => make(made)}
            data-testid={`decide-${made}`}
          >
            {t(`staff.decisions.${made}`)}
          </Button>
        ))}
      </div>
    </form>
  );
}
