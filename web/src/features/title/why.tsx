// Why a title is shown to this profile, and the way to say that it is not wanted.
import { useMutation, useQuery } from "@tanstack/react-query";
import { EyeOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { sentence } from "@/shared/api/problems";
import { keys, queries } from "@/shared/api/queries";
import { taste as loadTaste, why as loadWhy, notInterested } from "@/shared/api/taste";
import { cn } from "@/shared/lib/cn";
import { Button } from "@/shared/ui/button";

export function Why({ titleId }: { titleId: string }) {
  const { t } = useTranslation();
  const { data } = useQuery({ queryKey: keys.why(titleId), queryFn: () => loadWhy(titleId), retry: false });
  if (!data?.personal || data.because.length === 0) return null;
  const titles = data.because.map(({ title }) => title);
  return (
    <p className="text-dust text-sm" data-testid="why">
      {t("title.why", { titles: titles.join(", ") })}
    </p>
  );
}

export function NotInterested({ titleId }: { titleId: string }) {
  const { t } = useTranslation();
  const { data } = useQuery({ queryKey: keys.taste, queryFn: loadTaste, retry: false });
  const on =
    data?.said.some((said) => said.title_id === titleId && said.verdict === "not_interested") ?? false;
  const change = useMutation({
    mutationFn: (wanted: boolean) => notInterested(titleId, wanted),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.taste }),
        queries.invalidateQueries({ queryKey: keys.home }),
      ]),
  });
  // Whether it is so tells `aria-pressed`; a label that changed with it would say the opposite.
  const label = t("title.notInterested");
  return (
    <>
      <Button
        kind="glass"
        aria-label={label}
        title={label}
        aria-pressed={on}
        data-testid="not-interested"
        onClick={() => change.mutate(!on)}
        className="size-13 px-0"
      >
        <EyeOff className={cn("size-5", on && "text-brass")} aria-hidden="true" />
      </Button>
      {change.error && (
        <p role="alert" className="self-center text-ruby-text text-sm">
          {sentence(change.error)}
        </p>
      )}
    </>
  );
}
