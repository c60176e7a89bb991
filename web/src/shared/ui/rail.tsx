// A row that glides sideways and bleeds off the far edge, with arrows for the mouse.
import { useRouterState } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { type ReactNode, type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { cn } from "@/shared/lib/cn";

interface Props {
  title: string;
  /** At the end of the heading: a way to all of it. */
  more?: ReactNode;
  children: ReactNode;
  testid?: string;
  kind?: string;
  /** The list of cards, for whoever looks at what is seen of it. */
  cards?: RefObject<HTMLUListElement | null>;
  className?: string;
}

export function Rail({ title, more, children, testid, kind, cards, className }: Props) {
  const own = useRef<HTMLUListElement>(null);
  const list = cards ?? own;
  const { atStart, atEnd, page } = useGlide(list);
  // How far it is scrolled is this page's own: under a plain name the next page's row would begin where this one stands.
  const entry = useRouterState({ select: ({ location }) => location.state.__TSR_key ?? "" });
  const first = useRef(entry);
  return (
    <section
      className={cn("group/rail relative", className)}
      data-testid={testid}
      data-kind={kind}
      aria-label={title}
    >
      <div className="gutter mb-3 flex items-baseline gap-4">
        <h2 className="font-semibold text-lg">{title}</h2>
        {more}
      </div>
      <ul
        ref={list}
        data-scroll-restoration-id={`${first.current}/${testid ?? title}`}
        className="rail rail-room gap-3 sm:gap-4"
      >
        {children}
      </ul>
      <Arrow side="start" hidden={atStart} onClick={() => page(-1)} />
      <Arrow side="end" hidden={atEnd} onClick={() => page(1)} />
    </section>
  );
}

/** The place of a row that is coming. */
export function RailSkeleton({ className }: { className?: string }) {
  return (
    <div aria-hidden="true" className={cn("gutter overflow-hidden", className)}>
      <div className="skeleton mb-4 h-6 w-44 rounded-card" />
      <div className="flex gap-3 sm:gap-4">
        {[0, 1, 2, 3, 4, 5, 6, 7].map((card) => (
          <div key={card} className="skeleton aspect-2/3 w-34 shrink-0 rounded-card sm:w-40 lg:w-46" />
        ))}
      </div>
    </div>
  );
}

function Arrow({ side, hidden, onClick }: { side: "start" | "end"; hidden: boolean; onClick: () => void }) {
  const Icon = side === "start" ? ChevronLeft : ChevronRight;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-hidden="true"
      onClick={onClick}
      className={cn(
        "absolute top-10 bottom-0 hidden w-(--gutter) min-w-11 place-items-center text-ivory opacity-0 transition-opacity duration-150 group-hover/rail:opacity-100 pointer-fine:grid",
        side === "start"
          ? "start-0 bg-linear-to-r rtl:bg-linear-to-l"
          : "end-0 bg-linear-to-l rtl:bg-linear-to-r",
        "from-curtain/90 to-transparent",
        hidden && "pointer-events-none group-hover/rail:opacity-0",
      )}
    >
      <Icon className="size-8 drop-shadow rtl:-scale-x-100" />
    </button>
  );
}

function useGlide(list: React.RefObject<HTMLUListElement | null>) {
  const [ends, setEnds] = useState({ atStart: true, atEnd: true });
  const look = useCallback(() => {
    const row = list.current;
    if (!row) return;
    // From right to left the way along the row counts down from 0.
    const gone = Math.abs(row.scrollLeft);
    const atStart = gone < 8;
    const atEnd = gone + row.clientWidth > row.scrollWidth - 8;
    setEnds((before) => (before.atStart === atStart && before.atEnd === atEnd ? before : { atStart, atEnd }));
  }, [list]);
  useEffect(() => {
    const row = list.current;
    if (!row) return;
    look();
    row.addEventListener("scroll", look, { passive: true });
    const sizes = new ResizeObserver(look);
    sizes.observe(row);
    return () => {
      row.removeEventListener("scroll", look);
      sizes.disconnect();
    };
  }, [list, look]);
  const page = (way: 1 | -1) =>
    list.current?.scrollBy({ left: way * onward() * list.current.clientWidth * 0.82, behavior: "smooth" });
  return { ...ends, page };
}

/** 1 where rows go on to the right, -1 where they go on to the left. */
function onward(): 1 | -1 {
  return document.documentElement.dir === "rtl" ? -1 : 1;
}
