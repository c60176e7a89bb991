// What somebody wrote, as plain text: folded where it gives something away, cut where it is long.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/shared/lib/cn";
import { Button } from "@/shared/ui/button";

/** Longer ones begin with their first lines. */
const LONG = 420;

export function ReviewText({ text, spoiler }: { text: string; spoiler: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [whole, setWhole] = useState(false);
  if (spoiler && !open) {
    return (
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-card bg-plush/60 px-4 py-3">
        <p className="text-dust italic">{t("reviews.spoilerFolded")}</p>
        <Button kind="glass" size="sm" onClick={() => setOpen(true)} data-testid="show-spoiler">
          {t("reviews.spoilerShow")}
        </Button>
      </div>
    );
  }
  const long = text.length > LONG || text.split("\n").length > 6;
  return (
    <div>
      <p
        dir="auto"
        className={cn(
          "whitespace-pre-line text-ivory/90 leading-relaxed [overflow-wrap:anywhere]",
          long && !whole && "line-clamp-5",
        )}
        data-testid="review-text"
      >
        {text}
      </p>
      {long && (
        <button
          type="button"
          onClick={() => setWhole(!whole)}
          className="mt-1 font-semibold text-dust text-sm underline underline-offset-4 hover:text-ivory"
        >
          {t(whole ? "reviews.less" : "reviews.more")}
        </button>
      )}
    </div>
  );
}
