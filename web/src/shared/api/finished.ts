// What this device has just seen to its end, for the moment in which the watch state has yet to hear of it.
import type { Episode, Home, NextEpisode, Row, RowItem, Title } from "./shapes";

/** By then the watch state has long heard. Milliseconds. */
const HEARD_BY = 20_000;

interface Finished {
  next: NextEpisode | null;
  until: number;
}

/** By playable. */
const finished = new Map<string, Finished>();

/** `playableId` was seen to its end; `next` is what follows it. */
export function finish(playableId: string, next: NextEpisode | null, now = Date.now()): void {
  finished.set(playableId, { next, until: now + HEARD_BY });
}

/** It is being watched (again): where it stands is news once more. */
export function begin(playableId: string): void {
  finished.delete(playableId);
}

function heardOf(playableId: string | null | undefined, now = Date.now()): Finished | null {
  const found = playableId ? finished.get(playableId) : undefined;
  return found && found.until > now ? found : null;
}

/** The title without a place at the end of what was seen: at the next episode, or at its beginning again. */
export function ofTitle(title: Title): Title {
  const { resume } = title;
  const found = resume && !resume.completed ? heardOf(resume.playable_id) : null;
  if (!found) return title;
  const { next } = found;
  return { ...title, resume: next ? { ...resume, ...place(next), duration: null, completed: false } : null };
}

export function ofEpisodes(episodes: Episode[]): Episode[] {
  return episodes.map((episode) =>
    episode.resume && heardOf(episode.playable_id)
      ? { ...episode, resume: { ...episode.resume, completed: true } }
      : episode,
  );
}

export function ofHome(home: Home): Home {
  return { ...home, rows: home.rows.map(ofRow) };
}

function ofRow(row: Row): Row {
  return row.kind === "continue_watching" ? { ...row, items: row.items.flatMap(ofViewing) } : row;
}

function ofViewing(item: RowItem): RowItem[] {
  const found = heardOf(item.playable_id);
  if (!found) return [item];
  const { next } = found;
  if (!next) return [];
  const names = { episode_name: next.name, still_url: next.still_url ?? null };
  return [{ ...item, ...place(next), ...names, progress: 0, duration: null }];
}

function place({ playable_id, season_number, episode_number }: NextEpisode) {
  return {
    playable_id,
    position: 0,
    season_number: season_number ?? null,
    episode_number: episode_number ?? null,
  };
}
