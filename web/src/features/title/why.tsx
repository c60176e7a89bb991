// Why a title is shown to this profile, and the way to say that it is not wanted.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleHelp, EyeOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cards as loadCards } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import { why as loadWhy } from "@/shared/api/taste";
import { cn } from "@/shared/lib/cn";
import { PosterCard } from "@/shared/titles/poster-card";
import { posterOf } from "@/shared/titles/poster-of";
import { useSay, useVerdict } from "@/shared/titles/use-taste";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";

export function Why({ titleId }: { titleId: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { data, isPending } = useQuery({
    queryKey: keys.why(titleId),
    queryFn: () => loadWhy(titleId),
    retry: false,
  });
  const ids = data?.personal ? data.because.map(({ title_id }) => title_id) : [];
  // As they are called in the viewer's language.
  const { data: because = [] } = useQuery({
    queryKey: keys.cards(ids),
    queryFn: () => loadCards(ids),
    enabled: ids.length > 0,
    retry: false,
  });
  // Its place is kept, so that nothing moves when it comes.
  if (!data) return isPending ? <div className="min-h-11" /> : null;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-dust text-sm">
      {because.length > 0 && (
        <p data-testid="why">{t("title.why", { titles: because.map(({ name }) => name).join(", ") })}</p>
      )}
      <button
        type="button"
        data-testid="why-open"
        onClick={() => setOpen(true)}
        className="inline-flex min-h-11 items-center gap-1.5 rounded-card underline-offset-4 hover:text-ivory hover:underline"
      >
        <CircleHelp className="size-4" aria-hidden="true" /> {t("title.whyAsk")}
      </button>
      <Dialog open={open} onOpenChange={setOpen} title={t("title.whyAsk")}>
        <div className="flex flex-col gap-5" data-testid="why-panel">
          {because.length > 0 && (
            <section>
              <h3 className="mb-3 text-dust text-sm">{t("title.whyBecause")}</h3>
              <ul className="grid grid-cols-3 gap-3">
                {because.map((card) => (
                  <li key={card.title_id}>
                    <PosterCard {...posterOf(card)} caption plain onOpen={() => setOpen(false)} />
                  </li>
                ))}
              </ul>
            </section>
          )}
          {data.personal && because.length === 0 && <p>{t("title.whyNothing")}</p>}
          {!data.personal && <p data-testid="why-off">{t("title.whyOff")}</p>}
          {data.trending && <p data-testid="why-trending">{t("title.whyTrending")}</p>}
          {data.personal && (
            <p className="text-dust text-sm">{data.model ? t("title.whyModel") : t("title.whyContent")}</p>
          )}
          <Link
            to="/account"
            hash="taste"
            className="text-sm underline underline-offset-4 hover:text-brass pointer-coarse:py-3"
          >
            {t("title.whySettings")}
          </Link>
        </div>
      </Dialog>
    </div>
  );
}

export function NotInterested({ titleId, name }: { titleId: string; name: string }) {
  const { t } = useTranslation();
  const on = useVerdict(titleId) === "not_interested";
  const say = useSay();
  return (
    <Button
      kind="glass"
      size="lg"
      // Whether it is so tells this; a name that changed with it would say the opposite.
      aria-pressed={on}
      data-testid="not-interested"
      onClick={() => say(titleId, name, on ? null : "not_interested")}
      // Its name is too long for half a phone in many a language.
      className="col-span-2 px-4 sm:px-7"
    >
      <EyeOff className={cn("size-5 shrink-0", on && "text-brass")} aria-hidden="true" />
      {t("title.notInterested")}
    </Button>
  );
}
