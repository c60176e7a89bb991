// Who made a title: each name leads to its person.

import { Link } from "@tanstack/react-router";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Credit, Title } from "@/shared/api/shapes";
import { listParts } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { ACTING, byRole } from "@/shared/titles/roles";

/** As many of a line as are told at once. */
const FIRST = 8;
/** For a finger each name is a line of its own height. */
const TOUCH = "pointer-coarse:inline-flex pointer-coarse:min-h-11 pointer-coarse:items-center";
const LINK = "underline decoration-seam underline-offset-4 transition-colors hover:decoration-ivory";

export function Credits({ title }: { title: Title }) {
  const { t } = useTranslation();
  const lines = byRole(title.credits ?? []);
  if (lines.length === 0) return null;
  return (
    <dl className="gutter relative mt-8 flex max-w-3xl flex-col gap-1.5 text-sm" data-testid="credits">
      {lines.map(({ role, parts }) => (
        <Line key={role} label={t(`person.credited.${role}`, { count: parts.length })} parts={parts} />
      ))}
    </dl>
  );
}

function Name({ part }: { part: Credit }) {
  const { t } = useTranslation();
  return (
    <>
      <Link
        to="/person/$personId"
        params={{ personId: part.person_id }}
        className={cn(LINK, TOUCH)}
        data-testid="person-link"
      >
        <bdi>{part.name}</bdi>
      </Link>
      {part.character && ACTING.has(part.role) && (
        <span className="text-dust"> {t("person.plays", { character: part.character })}</span>
      )}
    </>
  );
}

/** A role and who had it, the rest of them on request. */
function Line({ label, parts }: { label: string; parts: readonly Credit[] }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  const shown = whole || parts.length <= FIRST + 1 ? parts : parts.slice(0, FIRST);
  return (
    <div className="flex gap-3">
      <dt className="w-24 shrink-0 text-dust pointer-coarse:leading-11">{label}</dt>
      <dd className="min-w-0 wrap-anywhere">
        {listParts(shown).map((part, place) =>
          part.item ? (
            <Name key={part.item.person_id} part={part.item} />
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: what stands between two names is known by its place
            <Fragment key={place}>{part.text}</Fragment>
          ),
        )}
        {shown.length < parts.length && (
          <button
            type="button"
            onClick={() => setWhole(true)}
            className={cn(LINK, TOUCH, "ms-2 text-dust hover:text-ivory")}
          >
            {t("title.andMore", { count: parts.length - shown.length })}
          </button>
        )}
      </dd>
    </div>
  );
}
