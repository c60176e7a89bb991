// My List on a card.

import { Check, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import { toasts } from "@/shared/ui/toasts";
import { CardCorner } from "./card-corner";
import { useInList } from "./use-in-list";
import { useListed } from "./use-listed";

export function CardListButton({ titleId, name }: { titleId: string; name: string }) {
  const { t } = useTranslation();
  const listed = useListed(titleId);
  const change = useInList(titleId);
  const on = change.isPending ? change.variables : listed;
  if (on === undefined) return null;
  return (
    <CardCorner
      side="end"
      icon={on ? Check : Plus}
      label={on ? t("common.unlistNamed", { name }) : t("common.listNamed", { name })}
      hint={t("common.myList")}
      on={on}
      testid="card-list"
      onPress={() => change.mutate(!on, { onError: (error) => toasts.say(sentence(error)) })}
    />
  );
}
