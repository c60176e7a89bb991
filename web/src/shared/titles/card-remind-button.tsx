// On the card of a title that is only announced: be told when it can be played.

import { Bell, BellRing } from "lucide-react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import { toasts } from "@/shared/ui/toasts";
import { CardCorner } from "./card-corner";
import { useReminder } from "./use-reminder";

export function CardRemindButton({ titleId, name }: { titleId: string; name: string }) {
  const { t } = useTranslation();
  const { waiting, change } = useReminder(titleId);
  if (waiting === undefined) return null;
  return (
    <CardCorner
      side="start"
      icon={waiting ? BellRing : Bell}
      label={waiting ? t("common.unremindNamed", { name }) : t("common.remindNamed", { name })}
      hint={waiting ? t("common.reminded") : t("common.remind")}
      on={waiting}
      testid="card-remind"
      onPress={() => change.mutate(!waiting, { onError: (error) => toasts.say(sentence(error)) })}
    />
  );
}
