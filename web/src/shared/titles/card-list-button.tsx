// My List on a card: in the corner of its poster, there when it is pointed at, and always where nothing can point.

import { Check, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import { cn } from "@/shared/lib/cn";
import { toasts } from "@/shared/ui/toasts";
import { useInList } from "./use-in-list";
import { useListed } from "./use-listed";

export function CardListButton({ titleId, name }: { titleId: string; name: string }) {
  const { t } = useTranslation();
  const listed = useListed(titleId);
  const change = useInList(titleId);
  const on = change.isPending ? change.variables : listed;
  if (on === undefined) return null;
  const Icon = on ? Check : Plus;
  const label = on ? t("common.unlistNamed", { name }) : t("common.listNamed", { name });
  return (
    <button
      type="button"
      aria-label={label}
      title={t("common.myList")}
      aria-pressed={on}
      data-testid="card-list"
      onClick={() => change.mutate(!on, { onError: (error) => toasts.say(sentence(error)) })}
      className={cn(
        "absolute top-0 end-0 grid size-11 place-items-center transition-opacity duration-150 focus-visible:opacity-100 focus-visible:outline-none group-focus-within/card:opacity-100 group-hover/card:opacity-100 pointer-coarse:opacity-100",
        on ? "opacity-100" : "opacity-0",
      )}
    >
      <span className="grid size-8 place-items-center rounded-full bg-curtain/80 text-ivory outline-ivory transition-colors hover:bg-curtain [:focus-visible>&]:outline-2">
        <Icon className="size-4.5" aria-hidden="true" />
      </span>
    </button>
  );
}
