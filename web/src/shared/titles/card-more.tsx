// What may be done with a title without opening its page: My List, a reminder, a thumb, or that it is not wanted.
import { Bell, BellRing, Check, Ellipsis, EyeOff, Plus, ThumbsDown, ThumbsUp } from "lucide-react";
import { type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import { Menu, MenuItem } from "@/shared/ui/menu";
import { toasts } from "@/shared/ui/toasts";
import { useInList } from "./use-in-list";
import { useListed } from "./use-listed";
import { useReminder } from "./use-reminder";
import { useSay, useVerdict } from "./use-taste";
import type { Verdict } from "./verdicts";

interface Props {
  titleId: string;
  name: string;
}

export interface CardMenu {
  open: boolean;
  setOpen: (open: boolean) => void;
  /** It was opened by a key held on the card, to which the focus goes back. */
  fromCard: RefObject<boolean>;
  /** It has just been used to say that the title is not wanted: the keys go on at the way back. */
  turned: RefObject<boolean>;
  card: RefObject<HTMLElement | null>;
}

interface MoreProps extends Props {
  menu: CardMenu;
  listedOnly?: boolean;
}

export function CardMore({ titleId, name, menu, listedOnly }: MoreProps) {
  const { t } = useTranslation();
  const verdict = useVerdict(titleId);
  const say = useSay();
  if (verdict === "not_interested") return null;
  const turn = (to: Verdict) => say(titleId, name, to === verdict ? null : to);
  const hide = () => {
    menu.turned.current = true;
    turn("not_interested");
  };
  return (
    <Menu
      open={menu.open}
      onOpenChange={(open) => {
        if (open) menu.fromCard.current = false;
        menu.setOpen(open);
      }}
      onCloseAutoFocus={(event) => {
        if (menu.turned.current || menu.fromCard.current) event.preventDefault();
        if (menu.fromCard.current && !menu.turned.current) menu.card.current?.focus({ preventScroll: true });
      }}
      trigger={
        <button
          type="button"
          aria-label={t("common.moreOf", { name })}
          title={t("common.more")}
          data-testid="card-more"
          data-corner
          className="absolute end-0 top-10 pointer-coarse:top-0 grid size-11 place-items-center opacity-0 transition-opacity duration-150 focus-visible:opacity-100 focus-visible:outline-none data-[state=open]:opacity-100 group-focus-within/card:opacity-100 group-hover/card:opacity-100 pointer-coarse:opacity-100"
        >
          <span className="grid size-8 place-items-center rounded-full bg-curtain/80 text-ivory outline-ivory transition-colors hover:bg-curtain [:focus-visible>&]:outline-2">
            <Ellipsis className="size-4.5" aria-hidden="true" />
          </span>
        </button>
      }
    >
      {listedOnly && <Remind titleId={titleId} />}
      <Keep titleId={titleId} />
      {verdict !== undefined && (
        <>
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
        </>
      )}
    </Menu>
  );
}

function Keep({ titleId }: { titleId: string }) {
  const { t } = useTranslation();
  const listed = useListed(titleId);
  const change = useInList(titleId);
  const failed = { onError: (error: unknown) => toasts.say(sentence(error)) };
  return (
    <MenuItem testid="card-menu-list" onSelect={() => change.mutate(!listed, failed)}>
      <Plus className="size-4" aria-hidden="true" />
      <span className="flex-1">{t("common.myList")}</span>
      {listed && <Said />}
    </MenuItem>
  );
}

function Remind({ titleId }: { titleId: string }) {
  const { t } = useTranslation();
  const { waiting = false, change } = useReminder(titleId);
  const failed = { onError: (error: unknown) => toasts.say(sentence(error)) };
  const Icon = waiting ? BellRing : Bell;
  return (
    <MenuItem testid="card-menu-remind" onSelect={() => change.mutate(!waiting, failed)}>
      <Icon className="size-4" aria-hidden="true" />
      <span className="flex-1">{t("common.remind")}</span>
      {waiting && <Said />}
    </MenuItem>
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
export function CardUnwanted({ titleId, name, menu }: Props & { menu: CardMenu }) {
  const { t } = useTranslation();
  const hidden = useVerdict(titleId) === "not_interested";
  const say = useSay();
  const undo = useRef<HTMLButtonElement>(null);
  const { open, turned, card } = menu;
  useEffect(() => {
    if (!hidden || open || !turned.current) return;
    turned.current = false;
    undo.current?.focus({ preventScroll: true });
  }, [hidden, open, turned]);
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
        onClick={() => {
          card.current?.focus({ preventScroll: true });
          say(titleId, name, null);
        }}
        className="min-h-11 rounded-card px-3 font-medium underline underline-offset-4 hover:text-brass"
      >
        {t("title.wantAgain")}
      </button>
    </div>
  );
}
