// What is known of this profile's taste, and forgetting it.
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import { keys, queries } from "@/shared/api/queries";
import { taste as loadTaste, resetTaste } from "@/shared/api/taste";
import { genreName } from "@/shared/titles/names";
import { Button } from "@/shared/ui/button";

export function Taste() {
  const { t } = useTranslation();
  const { data } = useQuery({ queryKey: keys.taste, queryFn: loadTaste, staleTime: 0, retry: false });
  const reset = useMutation({
    mutationFn: resetTaste,
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.taste }),
        queries.invalidateQueries({ queryKey: keys.home }),
      ]),
  });
  if (!data) return null;
  if (!data.personal && data.kept === 0) return <p className="text-dust">{t("plans.tasteOff")}</p>;
  const unwanted = data.said.filter(({ verdict }) => verdict === "not_interested");
  return (
    <div className="flex flex-col gap-4" data-testid="taste">
      <p>
        {data.personal
          ? t("plans.tasteWatched", { count: data.watched })
          : t("plans.tasteKept", { count: data.kept })}
      </p>
      {data.genres.length > 0 && (
        <ul className="flex flex-wrap gap-2">
          {data.genres.map(({ genre }) => (
            <li key={genre} className="rounded-full bg-seam px-3 py-1 text-sm">
              {genreName(genre)}
            </li>
          ))}
        </ul>
      )}
      {unwanted.length > 0 && (
        <p className="text-dust text-sm">
          {t("plans.tasteUnwanted", { titles: unwanted.map(({ title }) => title).join(", ") })}
        </p>
      )}
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
      {reset.error && (
        <p role="alert" className="text-ruby-text text-sm">
          {sentence(reset.error)}
        </p>
      )}
    </div>
  );
}
