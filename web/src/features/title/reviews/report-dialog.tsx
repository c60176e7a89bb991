// Tell the moderators about somebody's review.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ReportReason } from "@/shared/api/shapes";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { FormError } from "@/shared/ui/notice";
import { TextArea } from "@/shared/ui/text-area";
import { useReport } from "./use-reviews";

const REASONS: readonly ReportReason[] = ["abuse", "spam", "spoiler", "off_topic", "other"];
const LONGEST_NOTE = 500;

export function ReportDialog({ titleId, id, onClose }: { titleId: string; id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const report = useReport(titleId, id);
  const [reason, setReason] = useState<ReportReason>("abuse");
  const [note, setNote] = useState("");
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("reviews.reportTitle")}
      description={t("reviews.reportText")}
    >
      <form
        className="flex flex-col gap-5"
        data-testid="report-form"
        onSubmit={(event) => {
          event.preventDefault();
          report.mutate({ reason, note }, { onSuccess: onClose });
        }}
      >
        <FormError error={report.error} />
        <fieldset className="flex flex-col gap-1">
          <legend className="sr-only">{t("reviews.reportTitle")}</legend>
          {REASONS.map((each) => (
            <label
              key={each}
              className="-mx-3 flex min-h-11 cursor-pointer items-center gap-3 rounded-card px-3 hover:bg-plush has-focus-visible:outline-2 has-focus-visible:outline-ivory"
            >
              <input
                type="radio"
                name="reason"
                className="size-4 accent-ruby outline-none"
                checked={each === reason}
                onChange={() => setReason(each)}
              />
              {t(`reviews.reasons.${each}`)}
            </label>
          ))}
        </fieldset>
        <TextArea
          label={t("reviews.reportNote")}
          rows={2}
          maxLength={LONGEST_NOTE}
          value={note}
          onChange={({ target }) => setNote(target.value)}
        />
        <Button type="submit" busy={report.isPending} data-testid="send-report">
          {t("reviews.reportSend")}
        </Button>
      </form>
    </Dialog>
  );
}
