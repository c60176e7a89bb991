// The full-screen page that plays one film or episode.
import { useLocation, useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { keys, queries } from "@/shared/api/queries";
import type { Subscription } from "@/shared/api/shapes";
import { subscribed } from "@/shared/billing/subscribed";
import { cn } from "@/shared/lib/cn";
import { isId } from "@/shared/lib/is-id";
import { Gone } from "@/shared/titles/gone";
import { useTabName } from "@/shared/ui/use-tab-name";
import { Controls } from "./controls/controls";
import { Help } from "./controls/help";
import { useKeys } from "./controls/use-keys";
import { useMediaSession } from "./controls/use-media-session";
import { focusOn, usePresence } from "./controls/use-presence";
import { useScreen } from "./controls/use-screen";
import { Ending } from "./ending";
import { Next } from "./next";
import { Playback, type Wishes } from "./playback";
import { ResumePrompt } from "./resume-prompt";
import { lookAgain } from "./settled";
import { offeredNext, type PlayerState } from "./state";
import { Stopped } from "./stopped";
import { Surface } from "./surface";
import { useAfter } from "./use-after";
import { useEnd } from "./use-end";
import { useMoreFilms } from "./use-more-films";

declare global {
  interface Window {
    /** For tests in a browser: the viewing on screen, absent outside the player. */
    __bijou?: { player: Playback; state: () => PlayerState };
  }
}

export function PlayerScreen() {
  const { playableId } = useParams({ from: "/viewers/watch/$playableId" });
  const { from, format } = useSearch({ from: "/viewers/watch/$playableId" });
  const entry = useLocation({ select: ({ state }) => state.__TSR_key ?? "" });
  if (!isId(playableId))
    return (
      <main>
        <Gone what="title" />
      </main>
    );
  // A new film is a new viewing: nothing of the last one may linger.
  return (
    <Viewing
      key={playableId}
      playableId={playableId}
      entry={entry}
      from={from ?? "ask"}
      hlsFirst={format === "hls"}
    />
  );
}

function Viewing({ playableId, entry, from, hlsFirst }: Omit<Wishes, "hasPlan">) {
  const root = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const captions = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the wishes of a viewing are those it began with
  const playback = useMemo(() => new Playback({ playableId, entry, from, hlsFirst, hasPlan }), [playableId]);
  const state = useSyncExternalStore(playback.subscribe, playback.state);
  const screen = useScreen(root, video);
  const [helpOpen, setHelpOpen] = useState(false);
  const back = useBack(state);
  const playNext = usePlayNext(state);
  const more = useMoreFilms();
  const [declined, setDeclined] = useState(false);
  const ended = state.phase === "ended";
  const trailer = Boolean(state.session?.trailer);
  const playing = state.phase === "ready" && !state.paused;
  const { presence, shown } = usePresence(root, { playing, helpOpen });

  useEffect(() => {
    // After a tick, so that an effect run twice in development asks for one session, not two.
    const begin = setTimeout(() => {
      if (video.current && captions.current) void playback.start(video.current, captions.current);
    });
    const page = new AbortController();
    const { signal } = page;
    const wake = () => !document.hidden && playback.wake();
    window.addEventListener("pagehide", () => playback.leaveNow(), { signal });
    window.addEventListener("pageshow", ({ persisted }) => persisted && void playback.returned(), { signal });
    window.addEventListener("online", wake, { signal });
    document.addEventListener("visibilitychange", wake, { signal });
    // Chromium's word for a page that was frozen and goes on.
    document.addEventListener("resume", wake, { signal });
    window.__bijou = { player: playback, state: playback.state };
    return () => {
      clearTimeout(begin);
      page.abort();
      window.__bijou = undefined;
      playback.dispose();
      lookAgain();
    };
  }, [playback]);

  useEffect(() => {
    // What it was for is on the page it was opened from.
    if (ended && trailer) back();
  }, [ended, trailer, back]);

  useTabName(state.session?.title?.name);
  useMediaSession({ playback, state, onNext: playNext });
  useEnd(playableId, state, video);
  const films = useAfter(state, playNext !== null || trailer);
  const next = offeredNext(state);
  useKeys({
    root,
    playback,
    presence,
    screen,
    onHelp: () => setHelpOpen((open) => !open),
    onNext: playNext,
    onBack: back,
  });

  return (
    <main
      ref={root}
      // Takes the focus that hidden buttons lose.
      tabIndex={-1}
      data-testid="player"
      data-phase={state.phase}
      data-paused={state.paused}
      data-buffering={state.buffering}
      data-position={state.position.toFixed(2)}
      data-duration={state.duration.toFixed(2)}
      data-height={state.height}
      data-quality={state.quality}
      className={cn(
        "fixed inset-0 z-50 select-none overflow-hidden bg-black outline-none",
        !shown && "cursor-none",
      )}
    >
      <video
        ref={video}
        playsInline
        className={cn("absolute inset-0 size-full", ended && "invisible")}
        data-testid="video"
      />
      <div
        ref={captions}
        data-testid="captions"
        className={cn(
          "captions",
          shown && state.phase === "ready" && "captions-above-controls",
          ended && "invisible",
        )}
      />
      {!ended && (
        <Surface
          playback={playback}
          state={state}
          presence={presence}
          shown={shown}
          onFullScreen={screen.toggle}
        />
      )}
      {/* Below the controls: the way back is pressed over its picture. */}
      {state.phase === "prompt" && state.session && (
        <ResumePrompt session={state.session} onChoose={(choice) => playback.choose(choice)} />
      )}
      {state.phase !== "stopped" && !ended && (
        <Controls
          playback={playback}
          state={state}
          screen={screen}
          presence={presence}
          hidden={!shown}
          container={root}
          onBack={back}
          onHelp={() => setHelpOpen(true)}
          onNext={playNext}
        />
      )}
      {next && playNext && !ended && !declined && (
        <Next
          next={next}
          onPlay={playNext}
          onDecline={() => {
            setDeclined(true);
            focusOn(root.current);
          }}
        />
      )}
      {ended && state.session && !trailer && (
        <Ending
          session={state.session}
          films={films}
          onNext={playNext}
          declined={declined}
          onDecline={() => setDeclined(true)}
          onAgain={() => {
            // Who watches it again is asked again.
            setDeclined(false);
            playback.toggle();
          }}
          onMore={more}
          onBack={back}
        />
      )}
      {state.stop && <Stopped stop={state.stop} playback={playback} onBack={back} />}
      <Help open={helpOpen && !ended} onOpenChange={setHelpOpen} container={root} />
    </main>
  );
}

function hasPlan(): boolean {
  return subscribed(queries.getQueryData<Subscription | null>(keys.subscription)?.status);
}

/** Back to where the viewer came from; a page opened by its address goes to the title instead. */
function useBack(state: PlayerState): () => void {
  const router = useRouter();
  const navigate = useNavigate();
  const titleId = state.session?.title?.id;
  return useCallback(() => {
    if (document.fullscreenElement) void document.exitFullscreen();
    if (router.history.canGoBack()) router.history.back();
    else if (titleId) void navigate({ to: "/title/$titleId", params: { titleId }, replace: true });
    else void navigate({ to: "/home", replace: true });
  }, [router, navigate, titleId]);
}

function usePlayNext(state: PlayerState): (() => void) | null {
  const navigate = useNavigate();
  const next = state.session?.next_episode?.playable_id;
  return useMemo(() => {
    if (!next) return null;
    return () =>
      void navigate({
        to: "/watch/$playableId",
        params: { playableId: next },
        // From its start, unless it was left in the middle: as Continue watching would.
        search: ({ format }) => ({ from: "resume" as const, ...(format ? { format } : {}) }),
        replace: true,
      });
  }, [navigate, next]);
}
