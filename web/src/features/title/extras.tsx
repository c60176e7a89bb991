// Everything short about a title: trailers, teasers, a look behind the scenes. One alone has its button above.

import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import { clockLength, languageName } from "@/shared/i18n/format";
import { extrasOf, type Trailer } from "@/shared/titles/trailer";

export function Extras({ trailers }: { trailers: readonly Trailer[] }) {
  const { t } = useTranslation();
  const extras = extrasOf(trailers);
  if (extras.length === 0) return null;
  return (
    <section className="mt-12" aria-labelledby="extras" data-testid="extras">
      <h2 id="extras" className="gutter mb-3 font-semibold text-lg">
        {t("title.extras")}
      </h2>
      <ul className="rail rail-room gap-3 sm:gap-4">
        {extras.map((trailer) => (
          <li key={trailer.id} className="shrink-0 snap-start">
            <Link
              to="/watch/$playableId"
              params={{ playableId: trailer.playable_id }}
              search={{ from: "start" }}
              data-testid="extra"
              data-kind={trailer.kind}
              className="group flex min-h-16 w-64 items-center gap-4 rounded-panel bg-velvet p-4 transition-colors duration-150 hover:bg-plush"
            >
              <span className="grid size-9 shrink-0 place-items-center rounded-full bg-ivory/14 group-hover:bg-ivory group-hover:text-curtain">
                <Play className="size-4 fill-current" aria-hidden="true" />
              </span>
              <span className="flex min-w-0 flex-col">
                <bdi className="truncate font-semibold">{trailer.name}</bdi>
                <span className="truncate text-dust text-sm">
                  {t(`title.extraKind.${trailer.kind ?? "trailer"}`)} · {clockLength(trailer.duration)} ·{" "}
                  {languageName(trailer.language)}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
