// Something to go on with, where what was asked for is not there or nothing was asked: what has come last.

import { useQuery } from "@tanstack/react-query";
import { newest as loadNewest } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import { Rail } from "@/shared/ui/rail";
import { PosterCard } from "./poster-card";
import { posterOf } from "./poster-of";

const MOST = 20;

export function Newest({ title, className }: { title: string; className?: string }) {
  const { data = [] } = useQuery({ queryKey: keys.newest, queryFn: loadNewest, retry: false });
  if (data.length === 0) return null;
  return (
    <Rail title={title} testid="newest" className={className}>
      {data.slice(0, MOST).map((card) => (
        <li key={card.title_id} className="w-34 shrink-0 snap-start sm:w-40 lg:w-46">
          <PosterCard {...posterOf(card)} />
        </li>
      ))}
    </Rail>
  );
}
