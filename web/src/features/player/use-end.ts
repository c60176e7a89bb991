// What the end of a film means outside the picture: places are told at once, and the picture comes back to the page.
import { type RefObject, useEffect } from "react";
import { begin, finish, ofEpisodes, ofHome, ofTitle } from "@/shared/api/finished";
import { keys, queries } from "@/shared/api/queries";
import type { Episode, Home, Title } from "@/shared/api/shapes";
import { lookAgain } from "./settled";
import type { PlayerState } from "./state";

/** iPhones play a film in a full screen of the video's own. */
type AppleVideo = HTMLVideoElement & {
  webkitDisplayingFullscreen?: boolean;
  webkitExitFullscreen?: () => void;
};

export function useEnd(
  playableId: string,
  state: PlayerState,
  video: RefObject<HTMLVideoElement | null>,
): void {
  const ended = state.phase === "ended";
  const next = state.session?.next_episode ?? null;
  const titleId = state.session?.title?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what follows is told once, at the end
  useEffect(() => {
    if (!ended) {
      begin(playableId);
      return;
    }
    finish(playableId, next);
    if (titleId) show(titleId);
    comeBack(video.current);
    return lookAgain();
  }, [ended, playableId]);
}

/** The pages that are kept show it before they are asked for again. */
function show(titleId: string): void {
  queries.setQueryData<Home>(keys.home, (home) => home && ofHome(home));
  queries.setQueryData<Title>(keys.title(titleId), (title) => title && ofTitle(title));
  const seasons = keys.seasons(titleId);
  queries.setQueriesData<Episode[]>(
    { queryKey: seasons, predicate: ({ queryKey }) => queryKey.length > seasons.length },
    (episodes) => episodes && ofEpisodes(episodes),
  );
}

/** What comes after the film is on the page, not in a small window. */
function comeBack(video: AppleVideo | null): void {
  if (video && document.pictureInPictureElement === video)
    void document.exitPictureInPicture().catch(() => undefined);
  if (video?.webkitDisplayingFullscreen) video.webkitExitFullscreen?.();
}
