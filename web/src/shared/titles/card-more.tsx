// What may be said of a title without opening its page: a thumb, or that it is not wanted.
import { Check, Ellipsis, EyeOff, ThumbsDown, ThumbsUp } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Menu, MenuItem } from "@/shared/ui/menu";
import { useSay, useVerdict } from "./use-taste";
import type { Verdict } from "./verdicts";

interface Props {
  titleId: string;
  name: string;
}

/** The place of the card whose menu has just been used to say so, of all that show its title: the keys go on at its way back. */
let turned: Element | null = null;

export function CardMore({ titleId, name }: Props) {
  const { t } = useTranslation();
  const verdict = useVerdict(titleId);
  const say = useSay();
  const trigger = useRef<HTMLButtonElement>(null);
  if (verdict === undefined || verdict === "not_interested") return null;
  const turn = (to: Verdict) => say(titleId, name, to === verdict ? null : to);
  const hide = () => {
    turned = trigger.current?.closest("li") ?? null;
    turn("not_interested");
  };
  const label = t("title.sayOf", { name });
  return (
    <Menu
      trigger={
        <button
          ref={trigger}
          type="button"
          aria-label={label}
          title={t("title.rate")}
          data-testid="card-more"
          className="absolute end-0 top-10 grid size-11 place-items-center opacity-0 transition-opacity duration-150 focus-visible:opacity-100 focus-visible:outline-none data-[state=open]:opacity-100 group-focus-within/card:opacity-100 group-hover/card:opacity-100 pointer-coarse:opacity-100"
        >
          <span className="grid size-8 place-items-center rounded-full bg-curtain/80 text-ivory outline-ivory transition-colors hover:bg-curtain [:focus-visible>&]:outline-2">
            <Ellipsis className="size-4.5" aria-hidden="true" />
          </span>
        </button>
      }
    >
      <MenuItem testid="card-like" onSelect={() => turn("up")}>
        <ThumbsUp className="size-4" aria-hidden="true" />
        <span className="flex-1">{t("title.liked")}</span>
        {verdict === "up" && <Said />}
      </MenuItem>
      <MenuItem testid="card-dislike" onSelect={() => turn("down")}>
        <ThumbsDown className="size-4" aria-hidden="true" />
        <span className="flex-1">{t("title.disliked")}</span>
        {verdict === "down" && <Said />}
      </MenuItem>
      <MenuItem testid="card-unwanted" onSelect={hide}>
        <EyeOff className="size-4" aria-hidden="true" />
        {t("title.notInterested")}
      </MenuItem>
    </Menu>
  );
}

function Said() {
  const { t } = useTranslation();
  return (
    <>
      <Check className="size-4 text-brass" aria-hidden="true" />
      <span className="sr-only">{t("title.said")}</span>
    </>
  );
}

/** Over the poster of what is not wanted: that it comes no more, and the way back. */
export function CardUnwanted({ titleId, name }: Props) {
  const { t } = useTranslation();
  const verdict = useVerdict(titleId);
  const say = useSay();
  const hidden = verdict === "not_interested";
  const undo = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!hidden || !turned || undo.current?.closest("li") !== turned) return;
    turned = null;
    // The menu holds the focus until it has closed.
    const wait = setInterval(() => {
      if (document.querySelector("[role=menu]")) return;
      clearInterval(wait);
      undo.current?.focus({ preventScroll: true });
    }, 50);
    return () => clearInterval(wait);
  }, [hidden]);
  if (!hidden) return null;
  return (
    <div
      data-testid="card-hidden"
      className="absolute inset-x-0 top-0 flex aspect-2/3 animate-fade flex-col items-center justify-center gap-3 rounded-card bg-curtain/95 p-3 text-center text-sm"
    >
      <EyeOff className="size-5 text-dust" aria-hidden="true" />
      <p>{t("title.unwanted")}</p>
      <button
        type="button"
        aria-label={t("title.wantAgainNamed", { name })}
        data-testid="card-undo"
        ref={undo}
        onClick={({ currentTarget }) => {
          currentTarget
            .closest("li")
            ?.querySelector<HTMLElement>("[data-card]")
            ?.focus({ preventScroll: true });
          say(titleId, name, null);
        }}
        className="min-h-11 rounded-card px-3 font-medium underline underline-offset-4 hover:text-brass"
      >
        {t("title.wantAgain")}
      </button>
    </div>
  );
}
