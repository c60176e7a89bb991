// The way to be told when a title that is only announced can be played.

import { Bell, BellRing } from "lucide-react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import { Button } from "@/shared/ui/button";
import { toasts } from "@/shared/ui/toasts";
import { useReminder } from "./use-reminder";

export function RemindButton({ titleId }: { titleId: string }) {
  const { t } = useTranslation();
  const { waiting = false, change } = useReminder(titleId);
  const Icon = waiting ? BellRing : Bell;
  return (
    <Button
      kind="light"
      size="lg"
      // In a grid of two, as on a phone: what it says once it is pressed is longer than half of that in some languages.
      className="col-span-2"
      aria-pressed={waiting}
      data-first
      data-testid="remind"
      onClick={() => change.mutate(!waiting, { onError: (error) => toasts.say(sentence(error)) })}
    >
      <Icon className="size-5 shrink-0" aria-hidden="true" />
      {waiting ? t("common.reminded") : t("common.remind")}
    </Button>
  );
}
