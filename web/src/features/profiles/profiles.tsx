// Who is watching: choosing a profile, with its PIN or the account's password where it takes one, and adding one.

import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { Lock, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { profiles as loadProfiles, type Proof, selectProfile, signOut } from "@/shared/api/identity";
import { Problem, sentence } from "@/shared/api/problems";
import { keys, queries } from "@/shared/api/queries";
import type { Profile } from "@/shared/api/shapes";
import { Avatar } from "@/shared/ui/avatar";
import { Button } from "@/shared/ui/button";
import { Wordmark } from "@/shared/ui/mark";
import { LoadFailed } from "@/shared/ui/notice";
import { AddProfile } from "./add-profile";
import { ProofDialog } from "./proof-dialog";
import { isToBeAsked } from "./starting";

const MOST_PROFILES = 5;

export function ProfilesScreen() {
  const { t } = useTranslation();
  const router = useRouter();
  const { next } = useSearch({ from: "/members/profiles" });
  const { data, error, refetch } = useQuery({ queryKey: keys.profiles, queryFn: loadProfiles });
  const [locked, setLocked] = useState<Profile | null>(null);
  const [adding, setAdding] = useState(false);
  const enter = useMutation({
    mutationFn: ({ profile, proof }: { profile: Profile; proof?: Proof }) => selectProfile(profile.id, proof),
    onError: (failed, { profile }) => {
      if (failed instanceof Problem && failed.code === "proof_required") setLocked(profile);
    },
    onSuccess: async (_token, { profile }) => {
      // Rows and lists belong to the profile that saw them.
      queries.removeQueries({
        predicate: ({ queryKey }) =>
          !(["profiles", "me", "plans", "subscription"] as unknown[]).includes(queryKey[0]),
      });
      // Whoever was on the way somewhere goes there.
      const asks = next === undefined && (await isToBeAsked(profile));
      router.history.replace(next ?? (asks ? "/pick" : "/home"));
    },
  });
  if (error) return <LoadFailed error={error} onRetry={() => void refetch()} className="min-h-dvh" />;
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="gutter flex h-(--header) items-center justify-between">
        <Wordmark />
        <Button kind="quiet" size="sm" onClick={() => void signOut()}>
          {t("common.signOut")}
        </Button>
      </header>
      <main className="gutter flex flex-1 animate-rise flex-col items-center justify-center gap-12 py-12">
        <h1 className="font-semibold text-2xl sm:text-3xl">{t("profiles.who")}</h1>
        <ul className="flex flex-wrap justify-center gap-x-6 gap-y-8 sm:gap-x-9" data-testid="profiles">
          {data
            ? data.map((profile) => (
                <li key={profile.id}>
                  <button
                    type="button"
                    data-testid="profile"
                    data-profile={profile.name}
                    disabled={enter.isPending}
                    onClick={() => (profile.has_pin ? setLocked(profile) : enter.mutate({ profile }))}
                    className="group flex w-28 flex-col items-center gap-3 rounded-panel outline-none sm:w-36"
                  >
                    <span className="relative">
                      <Avatar
                        name={profile.name}
                        src={profile.avatar_url}
                        className="size-28 rounded-panel text-3xl outline-ivory outline-offset-3 transition-transform duration-150 ease-out group-hover:scale-104 group-hover:outline-2 group-focus-visible:scale-104 group-focus-visible:outline-2 sm:size-36"
                      />
                      {profile.has_pin && (
                        <span className="absolute end-2 bottom-2 rounded-full bg-curtain/75 p-1.5">
                          <Lock className="size-3.5" aria-hidden="true" />
                          <span className="sr-only">{t("profiles.locked")}</span>
                        </span>
                      )}
                    </span>
                    <span className="w-full truncate text-center text-dust group-hover:text-ivory">
                      {profile.name}
                      {profile.kids && (
                        <span className="ms-1.5 text-brass text-xs">{t("profiles.kids")}</span>
                      )}
                    </span>
                  </button>
                </li>
              ))
            : [0, 1].map((n) => <li key={n} className="skeleton size-28 rounded-panel sm:size-36" />)}
          {data && data.length < MOST_PROFILES && (
            <li>
              <button
                type="button"
                data-testid="add-profile"
                onClick={() => setAdding(true)}
                className="group flex w-28 flex-col items-center gap-3 outline-none sm:w-36"
              >
                <span className="grid size-28 place-items-center rounded-panel bg-velvet text-dust outline-ivory outline-offset-3 ring-1 ring-seam transition-colors group-hover:bg-plush group-hover:text-ivory group-focus-visible:outline-2 sm:size-36">
                  <Plus className="size-10" aria-hidden="true" />
                </span>
                <span className="text-dust group-hover:text-ivory">{t("profiles.add")}</span>
              </button>
            </li>
          )}
        </ul>
        {enter.error && !locked && (
          <p role="alert" className="text-ruby-text">
            {sentence(enter.error)}
          </p>
        )}
      </main>
      <ProofDialog
        profile={locked}
        busy={enter.isPending}
        error={enter.error}
        onEnter={(proof) => locked && enter.mutate({ profile: locked, proof })}
        onClose={() => {
          setLocked(null);
          enter.reset();
        }}
      />
      <AddProfile open={adding} onOpenChange={setAdding} />
    </div>
  );
}
