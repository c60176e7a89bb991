// What is known of this profile's taste, what it said itself and can take back, and forgetting all of it.
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cards as loadCards } from "@/shared/api/catalog";
import { sentence } from "@/shared/api/problems";
import { keys, queries } from "@/shared/api/queries";
import { taste as loadTaste, resetTaste } from "@/shared/api/taste";
import { genreName } from "@/shared/titles/names";
import { forgetRows, useSay } from "@/shared/titles/use-taste";
import { type Verdict, verdicts } from "@/shared/titles/verdicts";
import { Button } from "@/shared/ui/button";

const GROUPS = ["up", "down", "not_interested"] as const;
/** As many as there are cards in one answer. */
const MOST = 100;

export function Taste() {
  const { t } = useTranslation();
  const { data } = useQuery({ queryKey: keys.taste, queryFn: loadTaste, staleTime: 0, retry: false });
  const reset = useMutation({
    mutationFn: resetTaste,
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: keys.taste }), forgetRows()]),
  });
  const said = data ? [...verdicts(data)].slice(0, MOST) : [];
  const ids = said.map(([titleId]) => titleId);
  // As they are called in the viewer's language.
  const { data: cards } = useQuery({
    queryKey: keys.cards(ids),
    queryFn: () => loadCards(ids),
    enabled: ids.length > 0,
    placeholderData: (before) => before,
  });
  if (!data) return null;
  const names = new Map(cards?.map(({ title_id, name }) => [title_id, name]));
  const of = (verdict: Verdict) =>
    said.flatMap(([titleId, each]) => {
      const name = names.get(titleId);
      return each === verdict && name ? [{ titleId, name }] : [];
    });
  return (
    <div id="taste" className="flex flex-col gap-5" data-testid="taste">
      {!data.personal && data.kept === 0 ? (
        <p className="text-dust">{t("plans.tasteOff")}</p>
      ) : (
        <p>
          {data.personal
            ? t("plans.tasteWatched", { count: data.watched })
            : t("plans.tasteKept", { count: data.kept })}
        </p>
      )}
      {data.genres.length > 0 && (
        <ul className="flex flex-wrap gap-2">
          {data.genres.map(({ genre }) => (
            <li key={genre} className="rounded-full bg-seam px-3 py-1 text-sm">
              {genreName(genre)}
            </li>
          ))}
        </ul>
      )}
      {GROUPS.map((verdict) => (
        <Group key={verdict} verdict={verdict} titles={of(verdict)} />
      ))}
      {(data.personal || data.kept > 0) && (
        <>
          <p className="text-dust text-sm">{t("plans.tasteResetHint")}</p>
          <div>
            <Button
              kind="raised"
              data-testid="taste-reset"
              disabled={reset.isPending}
              onClick={() => reset.mutate()}
            >
              {t("plans.tasteReset")}
            </Button>
          </div>
        </>
      )}
      {reset.error && (
        <p role="alert" className="text-ruby-text text-sm">
          {sentence(reset.error)}
        </p>
      )}
    </div>
  );
}

function Group({ verdict, titles }: { verdict: Verdict; titles: { titleId: string; name: string }[] }) {
  const { t } = useTranslation();
  const say = useSay();
  if (titles.length === 0) return null;
  return (
    <section data-testid={`taste-${verdict}`}>
      <h3 className="mb-1 font-medium text-sm">{t(`plans.taste_${verdict}`)}</h3>
      <p className="mb-3 text-dust text-sm">{t(`plans.taste_${verdict}_hint`)}</p>
      <ul className="flex flex-wrap gap-2">
        {titles.map(({ titleId, name }) => (
          <li key={titleId} className="flex items-center rounded-full bg-seam ps-3 text-sm">
            <Link to="/title/$titleId" params={{ titleId }} className="hover:underline">
              <bdi>{name}</bdi>
            </Link>
            <button
              type="button"
              aria-label={t("plans.tasteTakeBack", { name })}
              title={t("plans.tasteTakeBack", { name })}
              data-testid="taste-take-back"
              data-title={name}
              onClick={({ currentTarget }) => {
                const place = currentTarget.closest("li");
                const next = place?.nextElementSibling ?? place?.previousElementSibling;
                next?.querySelector("button")?.focus({ preventScroll: true });
                say(titleId, name, null);
              }}
              className="grid size-9 place-items-center rounded-full text-dust hover:text-ivory pointer-coarse:size-11"
            >
              <X className="size-4" aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
