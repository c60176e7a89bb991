// Whether a profile is to be asked what it likes before its first page: once on each device, and only where nothing is known of it.
import { cards as loadCards } from "@/shared/api/catalog";
import { keys, queries } from "@/shared/api/queries";
import type { Profile } from "@/shared/api/shapes";
import { starters as loadStarters, taste as loadTaste } from "@/shared/api/taste";
import { device } from "@/shared/lib/storage";

const KEY = "bijou.asked-taste";
/** Profiles of this device that are remembered. */
const MOST = 50;
/** Of fewer titles nobody picks. */
const ENOUGH = 6;
/** Nobody waits longer before the first page. Milliseconds. */
const PATIENCE = 2_500;

export async function isToBeAsked({ id, kids }: Profile): Promise<boolean> {
  if (kids || asked().includes(id)) return false;
  const late = new Promise<false>((tell) => setTimeout(() => tell(false), PATIENCE));
  return Promise.race([isUnknown(), late]).catch(() => false);
}

async function isUnknown(): Promise<boolean> {
  const [known, titles] = await Promise.all([
    queries.fetchQuery({ queryKey: keys.taste, queryFn: loadTaste, retry: false }),
    queries.fetchQuery({ queryKey: keys.starters, queryFn: starters, retry: false }),
  ]);
  return known.kept === 0 && known.said.length === 0 && titles.length >= ENOUGH;
}

/** What there is to pick from, as cards. */
export const starters = async () => loadCards(await loadStarters());

/** This profile picked, or would rather not. */
export function rememberAsked(profileId: string): void {
  device.setItem(
    KEY,
    JSON.stringify([profileId, ...asked().filter((id) => id !== profileId)].slice(0, MOST)),
  );
}

function asked(): string[] {
  try {
    const found: unknown = JSON.parse(device.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}
