// What a new profile likes: three films picked from well-known ones, or none.
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, queries } from "@/shared/api/queries";
import type { Card } from "@/shared/api/shapes";
import { say } from "@/shared/api/taste";
import { agreed } from "@/shared/events/consent";
import { sayAgreed } from "@/shared/events/tell";
import { cn } from "@/shared/lib/cn";
import { useSession } from "@/shared/session/auth";
import { Button } from "@/shared/ui/button";
import { EntryFrame } from "@/shared/ui/entry-frame";
import { FormError, LoadFailed } from "@/shared/ui/notice";
import { Picture } from "@/shared/ui/picture";
import { WallSkeleton } from "@/shared/ui/wall";
import { rememberAsked, starters } from "./starting";

const WANTED = 3;

export function PickScreen() {
  const { t } = useTranslation();
  const router = useRouter();
  const { profileId } = useSession();
  const [picked, setPicked] = useState<readonly string[]>([]);
  const { data, error, refetch } = useQuery({ queryKey: keys.starters, queryFn: starters });
  const leave = () => {
    if (profileId) rememberAsked(profileId);
    router.history.replace("/home");
  };
  const keep = useMutation({
    mutationFn: async () => {
      if (!profileId) return;
      // Picking is what it is agreed to for: the page says so.
      await sayAgreed(profileId, [...new Set([...agreed(profileId), "personalisation" as const])]);
      await Promise.all(picked.map((titleId) => say(titleId, "up")));
      queries.removeQueries({ queryKey: keys.home });
      queries.removeQueries({ queryKey: keys.taste });
    },
    onSuccess: leave,
  });
  const turn = (titleId: string) =>
    setPicked(picked.includes(titleId) ? picked.filter((each) => each !== titleId) : [...picked, titleId]);
  const left = WANTED - picked.length;
  return (
    <EntryFrame wide title={t("profiles.pickTitle")} lead={t("profiles.pickLead")}>
      {error && !data ? (
        <LoadFailed error={error} onRetry={() => void refetch()} />
      ) : (
        <ul
          data-testid="starters"
          className="grid grid-cols-3 gap-3 sm:grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] sm:gap-4"
        >
          {data ? (
            data.map((card) => (
              <li key={card.title_id}>
                <Choice card={card} on={picked.includes(card.title_id)} onTurn={() => turn(card.title_id)} />
              </li>
            ))
          ) : (
            <WallSkeleton count={12} />
          )}
        </ul>
      )}
      <div className="sticky bottom-0 mt-6 flex flex-col items-center gap-3 bg-linear-to-t from-70% from-curtain to-transparent pt-8 pb-5">
        <FormError error={keep.error} />
        <div className="flex flex-wrap justify-center gap-3">
          <Button
            size="lg"
            busy={keep.isPending}
            disabled={left > 0}
            onClick={() => keep.mutate()}
            data-testid="picked"
          >
            {left > 0 ? t("profiles.pickMore", { count: left }) : t("profiles.pickDone")}
          </Button>
          <Button kind="quiet" size="lg" onClick={leave} data-testid="skip-picking">
            {t("profiles.pickSkip")}
          </Button>
        </div>
        <p className="max-w-xl text-center text-dust text-sm">{t("profiles.pickAgrees")}</p>
      </div>
    </EntryFrame>
  );
}

function Choice({ card, on, onTurn }: { card: Card; on: boolean; onTurn: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={on}
      aria-label={card.name}
      data-testid="starter"
      data-id={card.title_id}
      onClick={onTurn}
      className={cn(
        "relative block w-full overflow-hidden rounded-card outline-ivory outline-offset-3 transition-transform duration-150 ease-out hover:scale-103 focus-visible:outline-2",
        on && "ring-3 ring-brass",
      )}
    >
      <Picture
        src={card.poster_url}
        srcSet={card.poster_srcset}
        sizes="(min-width: 40rem) 11rem, 30vw"
        color={card.color}
        blurhash={card.blurhash}
        name={card.name}
        seed={card.title_id}
        decorative
        titled
        className="aspect-2/3"
      />
      {on && (
        <span className="absolute inset-0 grid place-items-center bg-curtain/55">
          <span className="grid size-11 place-items-center rounded-full bg-brass text-curtain">
            <Check className="size-6" aria-hidden="true" />
          </span>
        </span>
      )}
    </button>
  );
}
