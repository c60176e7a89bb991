// A wall of cards. Whoever opened one by a key stands on it again when they come back.
import { useRouterState } from "@tanstack/react-router";
import { type MouseEvent, type ReactNode, type RefObject, useEffect, useRef } from "react";
import { cn } from "@/shared/lib/cn";
import * as opened from "@/shared/lib/opened";

interface Props {
  children: ReactNode;
  testid?: string;
  /** The list of cards, for whoever looks at what is seen of it. */
  cards?: RefObject<HTMLUListElement | null>;
  className?: string;
}

export function Wall({ children, testid, cards, className }: Props) {
  const own = useRef<HTMLUListElement>(null);
  const list = cards ?? own;
  const entry = useRouterState({ select: ({ location }) => location.state.__TSR_key ?? "" });
  const first = useRef(entry);
  useEffect(() => {
    const card = opened.taken(first.current);
    if (card) list.current?.querySelector<HTMLElement>(`[data-id="${card}"]`)?.focus({ preventScroll: true });
  }, [list]);
  useEffect(() => {
    // Who reloads the page, or comes back to it from another site, stands where they stood.
    const leave = () => {
      const card = document.activeElement?.closest<HTMLElement>("[data-id]");
      if (card?.dataset.id && card.matches(":focus-visible") && list.current?.contains(card))
        opened.note(entry, card.dataset.id);
    };
    window.addEventListener("pagehide", leave);
    return () => window.removeEventListener("pagehide", leave);
  }, [entry, list]);
  const remember = (event: MouseEvent) => {
    const card = (event.target as HTMLElement).closest<HTMLElement>("[data-id]")?.dataset.id;
    // A click without a number of clicks is a key.
    if (card && event.detail === 0) opened.note(entry, card);
  };
  return (
    <ul
      ref={list}
      data-testid={testid}
      onClickCapture={remember}
      className={cn(
        "grid grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-x-4 gap-y-7 lg:grid-cols-[repeat(auto-fill,minmax(11rem,1fr))]",
        className,
      )}
    >
      {children}
    </ul>
  );
}

/** Places of cards that are coming. */
export function WallSkeleton({ count }: { count: number }) {
  return Array.from({ length: count }, (_, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
    <li key={place} aria-hidden="true">
      <div className="skeleton aspect-2/3 rounded-card" />
      <div className="skeleton mt-2.5 h-4 w-3/4 rounded-card" />
    </li>
  ));
}
