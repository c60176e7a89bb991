// What "Play" means for a title: the film, where it was left, or the episode that a series is at.
import type { Title } from "@/shared/api/shapes";
import { episodeLabel } from "./names";

export interface Start {
  playableId: string;
  /** It goes on in the middle of something. */
  begun: boolean;
  /** Which episode, of a series under way. */
  episode: string | null;
  /** Seconds, of what was begun. */
  position: number;
  duration: number;
}

/** Null while there is nothing to play; `firstEpisode` is where a series starts that nobody has begun. */
export function startOf({ resume, playable_id }: Title, firstEpisode: string | null): Start | null {
  const playableId = resume?.playable_id ?? playable_id ?? firstEpisode;
  if (!playableId) return null;
  const position = resume?.position ?? 0;
  return {
    playableId,
    begun: position > 0 && !resume?.completed,
    episode: resume ? episodeLabel(resume) : null,
    position,
    duration: resume?.duration ?? 0,
  };
}
