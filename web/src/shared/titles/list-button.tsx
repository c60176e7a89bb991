// The My List button of a title.

import { Check, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import { Button } from "@/shared/ui/button";
import { useInList } from "./use-in-list";

export function ListButton({ titleId, inList }: { titleId: string; inList: boolean }) {
  const { t } = useTranslation();
  const change = useInList(titleId);
  const Icon = inList ? Check : Plus;
  return (
    <>
      <Button
        kind="glass"
        size="lg"
        aria-pressed={inList}
        data-testid="my-list-button"
        onClick={() => change.mutate(!inList)}
      >
        <Icon className="size-5" aria-hidden="true" />
        {t("common.myList")}
      </Button>
      {change.error && (
        <p role="alert" className="self-center text-ruby-text text-sm">
          {sentence(change.error)}
        </p>
      )}
    </>
  );
}
