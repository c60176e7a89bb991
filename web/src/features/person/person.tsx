// The page of a person: who they are, and what they did in the titles that this profile may see.

import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { person as loadPerson } from "@/shared/api/catalog";
import { keys } from "@/shared/api/queries";
import type { Person } from "@/shared/api/shapes";
import { cn } from "@/shared/lib/cn";
import { Gone, isGone } from "@/shared/titles/gone";
import { PosterCard } from "@/shared/titles/poster-card";
import { posterOf } from "@/shared/titles/poster-of";
import { ACTING, filmography } from "@/shared/titles/roles";
import { ShownWall } from "@/shared/titles/shown-wall";
import { LoadFailed } from "@/shared/ui/notice";
import { Portrait } from "@/shared/ui/portrait";
import { useTabName } from "@/shared/ui/use-tab-name";
import { Wall, WallSkeleton } from "@/shared/ui/wall";

/** A biography longer than this is cut until it is asked for. Characters. */
const SHORT = 420;

export function PersonScreen() {
  const { personId } = useParams({ from: "/viewers/shell/person/$personId" });
  const { data, error, refetch } = useQuery({
    queryKey: keys.person(personId),
    queryFn: () => loadPerson(personId),
  });
  useTabName(data?.name);
  if (isGone(error)) return <Gone what="person" />;
  if (error && !data) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  return data ? <PersonPage person={data} /> : <PersonSkeleton />;
}

function PersonPage({ person }: { person: Person }) {
  const { t } = useTranslation();
  const groups = filmography(person.credits, ({ title }) => title.title_id);
  return (
    <article className="pt-[calc(var(--header)+2rem)]" data-testid="person-page" data-person={person.name}>
      <header className="gutter flex flex-col items-center gap-6 text-center sm:flex-row sm:gap-9 sm:text-start">
        <Portrait
          name={person.name}
          src={person.portrait_url}
          srcSet={person.portrait_srcset}
          className="size-36 text-4xl sm:size-48"
        />
        <div className="flex min-w-0 max-w-2xl flex-col gap-3">
          <h1 className="font-display text-[clamp(2rem,4vw,3.25rem)] leading-[1.08]">
            <bdi>{person.name}</bdi>
          </h1>
          {person.other_names.length > 0 && (
            <p className="text-dust text-sm">{t("person.also", { names: person.other_names.join(", ") })}</p>
          )}
          {person.biography && <Biography text={person.biography} />}
        </div>
      </header>
      {groups.map(({ role, parts }) => (
        <section key={role} aria-labelledby={`role-${role}`} className="gutter mt-12" data-role={role}>
          <h2 id={`role-${role}`} className="mb-4 flex items-baseline gap-3 font-semibold text-lg">
            {t(`person.did.${role}`)}
            <span className="font-normal text-dust text-sm">
              {t("common.titles", { count: parts.length })}
            </span>
          </h2>
          <ShownWall row={`person-${role}`} testid={`filmography-${role}`}>
            {parts.map(({ title, character }) => (
              <li key={title.title_id}>
                <PosterCard
                  {...posterOf(title)}
                  caption={
                    <Caption
                      name={title.name}
                      year={title.year}
                      character={ACTING.has(role) ? character : null}
                    />
                  }
                />
              </li>
            ))}
          </ShownWall>
        </section>
      ))}
    </article>
  );
}

interface CaptionProps {
  name: string;
  year: number | null | undefined;
  character: string | null | undefined;
}

function Caption({ name, year, character }: CaptionProps) {
  const { t } = useTranslation();
  return (
    <span className="mt-2.5 flex flex-col text-sm">
      <bdi className="line-clamp-2 group-hover:text-ivory">{name}</bdi>
      {(character || year) && (
        <span className="truncate text-dust">
          {character ? t("person.plays", { character }) : year}
          {character && year ? ` · ${year}` : ""}
        </span>
      )}
    </span>
  );
}

function Biography({ text }: { text: string }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  const long = text.length > SHORT;
  return (
    <div className="text-ivory/90 leading-relaxed">
      <p className={cn("whitespace-pre-line", long && !whole && "line-clamp-5")}>
        <bdi>{text}</bdi>
      </p>
      {long && (
        <button
          type="button"
          aria-expanded={whole}
          onClick={() => setWhole(!whole)}
          className="mt-1 font-medium text-dust text-sm underline decoration-seam underline-offset-4 hover:text-ivory"
        >
          {whole ? t("person.less") : t("person.whole")}
        </button>
      )}
    </div>
  );
}

function PersonSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" className="gutter pt-[calc(var(--header)+2rem)]">
      <span className="sr-only">{t("common.loading")}</span>
      <div className="flex flex-col items-center gap-6 sm:flex-row sm:gap-9">
        <div className="skeleton size-36 rounded-full sm:size-48" />
        <div className="flex flex-col gap-3">
          <div className="skeleton h-10 w-64 rounded-card" />
          <div className="skeleton h-20 w-[min(32rem,80vw)] rounded-card" />
        </div>
      </div>
      <Wall className="mt-12">
        <WallSkeleton count={6} />
      </Wall>
    </div>
  );
}
