// A wall of cards.
import type { ReactNode, RefObject } from "react";
import { cn } from "@/shared/lib/cn";

interface Props {
  children: ReactNode;
  testid?: string;
  /** The list of cards, for whoever looks at what is seen of it. */
  cards?: RefObject<HTMLUListElement | null>;
  className?: string;
}

export function Wall({ children, testid, cards, className }: Props) {
  return (
    <ul
      ref={cards}
      data-testid={testid}
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
