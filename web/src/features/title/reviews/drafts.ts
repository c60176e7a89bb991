// Reviews that were not sent yet: closed by mistake, one is there when the viewer comes back in this tab.

export interface Draft {
  stars: number;
  text: string;
  spoiler: boolean;
}

const kept = new Map<string, Draft>();

/** Whose it is, of which title, and over which text of theirs: another one is another draft. */
export function draftKey(
  profileId: string | null,
  titleId: string,
  mine: { id: string; text: string } | null,
): string {
  return [profileId, titleId, mine?.id, mine?.text].join("\n");
}

export const draftOf = (key: string): Draft | undefined => kept.get(key);

export const keepDraft = (key: string, draft: Draft): void => void kept.set(key, draft);

/** What was sent or taken back has no draft, whoever still shows its form. */
export function forgetDrafts(titleId: string): void {
  for (const key of kept.keys()) if (key.split("\n")[1] === titleId) kept.delete(key);
}
