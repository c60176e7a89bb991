// The parts people have in titles, put together by what they did.

/** In the order they are told. */
export const ROLES = [
  "director",
  "creator",
  "actor",
  "voice",
  "presenter",
  "writer",
  "producer",
  "composer",
  "cinematographer",
  "editor",
] as const;
export type Role = (typeof ROLES)[number];

/** Of these it is said whom they play. */
export const ACTING: ReadonlySet<string> = new Set(["actor", "voice", "presenter"]);

interface Part {
  role: string;
  character?: string | null;
}

export interface Group<P extends Part> {
  role: Role;
  parts: P[];
}

/** Roles that this app does not know yet are left out. */
export function byRole<P extends Part>(parts: readonly P[]): Group<P>[] {
  return ROLES.map((role) => ({ role, parts: parts.filter((part) => part.role === role) })).filter(
    ({ parts }) => parts.length > 0,
  );
}

/** A filmography begins with what somebody is known for: the role they had most often. */
export function filmography<P extends Part>(parts: readonly P[], titleOf: (part: P) => string): Group<P>[] {
  const groups = byRole(parts).map(({ role, parts }) => ({ role, parts: joined(parts, titleOf) }));
  return groups.sort((a, b) => b.parts.length - a.parts.length);
}

/** One part for each title, with all its characters. */
function joined<P extends Part>(parts: readonly P[], titleOf: (part: P) => string): P[] {
  const titles = new Map<string, P>();
  for (const part of parts) {
    const before = titles.get(titleOf(part));
    const characters = [before?.character, part.character].filter(Boolean).join(" / ");
    titles.set(titleOf(part), before ? { ...before, character: characters || null } : part);
  }
  return [...titles.values()];
}
