// Tells which cards of a row were seen: half of one or more, for a second, once for each time the row was made.
import { type RefObject, useEffect, useRef } from "react";
import { choose, told as toldOf } from "./chosen";
import { arms } from "./met";
import { tell } from "./tell";

/** The poster that was drawn, with what chance, and in view of what. */
export interface Picture {
  name: string;
  chance: number;
  context?: string;
}

export interface ShownRow {
  /** Of this making of the row; null while there is none. */
  impressionId: string | null;
  /** Which answer of the recommendations it comes from, and by which model; of other rows there is none. */
  recommendationId?: string | null;
  model?: string | null;
  /** The arms that it was made under, beside those that this app met. */
  experiments?: Record<string, string>;
  /** The posters that were drawn for this profile, by title. */
  pictures?: Record<string, Picture>;
  row: string;
  /** Of the row on its page, from 0. */
  rowPosition: number;
}

const SHARE = 0.5;
const MILLISECONDS = 1_000;
/** What was told, by making and title: a row that scrolls past again is no other impression. */
const told = new Set<string>();

export function useShown(
  list: RefObject<HTMLElement | null>,
  { impressionId, recommendationId, model, experiments, pictures, row, rowPosition }: ShownRow,
): void {
  const drawn = useRef(pictures);
  drawn.current = pictures;
  // Another answer with the same arms is no reason to begin anew.
  const made = JSON.stringify(experiments ?? {});
  useEffect(() => {
    const within = list.current;
    const origin = impressionId ? { impressionId, recommendationId } : null;
    if (!within || !origin || typeof IntersectionObserver === "undefined") return;
    const seen = new Map<Element, ReturnType<typeof setTimeout>>();
    const watch = new IntersectionObserver(
      (entries) => {
        for (const { target, intersectionRatio } of entries) {
          if (intersectionRatio < SHARE) {
            clearTimeout(seen.get(target));
            seen.delete(target);
          } else if (!seen.has(target)) {
            seen.set(
              target,
              setTimeout(() => once(target), MILLISECONDS),
            );
          }
        }
      },
      { threshold: SHARE },
    );
    const once = (card: Element) => {
      watch.unobserve(card);
      const titleId = card.getAttribute("data-id");
      const name = `${impressionId} ${titleId}`;
      if (!titleId || document.hidden || told.has(name)) return;
      told.add(name);
      tell({
        type: "impression",
        ...toldOf(origin),
        ...(model ? { model_version: model } : {}),
        title_id: titleId,
        row,
        row_position: rowPosition,
        position: placeOf(within, card),
        ...pictured(drawn.current?.[titleId]),
        experiments: { ...arms, ...JSON.parse(made) },
      });
    };
    const cards = () => {
      for (const card of within.querySelectorAll("[data-card][data-id]")) watch.observe(card);
    };
    const opened = ({ target }: Event) => {
      const card = (target as Element).closest("[data-card][data-id]");
      const titleId = card?.getAttribute("data-id");
      if (!card || !titleId) return;
      choose(titleId, origin);
      tell({
        type: "click",
        target: card.getAttribute("href")?.startsWith("/watch/") ? "play" : "title",
        title_id: titleId,
        ...toldOf(origin),
        row,
        position: placeOf(within, card),
        ...pictured(drawn.current?.[titleId]),
        experiments: { ...arms, ...JSON.parse(made) },
      });
    };
    within.addEventListener("click", opened);
    cards();
    const changes = new MutationObserver(cards);
    changes.observe(within, { childList: true, subtree: true });
    return () => {
      within.removeEventListener("click", opened);
      changes.disconnect();
      watch.disconnect();
      for (const timer of seen.values()) clearTimeout(timer);
    };
  }, [list, impressionId, recommendationId, model, made, row, rowPosition]);
}

function pictured(picture: Picture | undefined) {
  if (!picture) return {};
  return { picture: picture.name, picture_chance: picture.chance, picture_context: picture.context };
}

/** Where a card stands in its row, from 0. */
function placeOf(row: Element, card: Element): number {
  return Math.max(0, [...row.querySelectorAll("[data-card]")].indexOf(card));
}
