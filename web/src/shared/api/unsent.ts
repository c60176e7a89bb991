// Places of which nobody knows whether the server heard: kept on this device until it says so.
import { device } from "@/shared/lib/storage";
import { session } from "@/shared/session/auth";
import { asProblem } from "./problems";
import { reach } from "./reach";
import { tellPlaces } from "./watch";

export interface Unsent {
  profileId: string;
  playableId: string;
  /** Seconds. */
  position: number;
  /** When it was so, by this device's clock. Milliseconds since 1970. */
  at: number;
}

const KEY = "bijou.unsent";
/** What is older has been watched since, or will not be. Milliseconds. */
const LIFETIME = 30 * 24 * 3_600_000;
const MOST = 50;

/** Keep `place` in the stead of what was kept for its film; what has lived its time goes. */
export function keepUnsent(place: Unsent): void {
  write([...kept().filter((other) => !same(other, place)), place].slice(-MOST));
}

/** The server has heard `place`. */
export function forgetUnsent(place: Unsent): void {
  write(kept().filter((other) => !(same(other, place) && other.at <= place.at)));
}

let telling = false;

/** Tell what the present profile has left to tell, if it can be told now. True where the server took any of it. */
export async function tellUnsent(): Promise<boolean> {
  const { profileId } = session.view();
  const places = kept().filter((place) => place.profileId === profileId);
  if (telling || places.length === 0) return false;
  telling = true;
  try {
    const { items } = await tellPlaces(places);
    for (const place of places) forgetUnsent(place);
    return items.some(({ applied }) => applied);
  } catch (error) {
    const { status } = asProblem(error);
    // Refused for what it is, it would be refused for ever.
    if (status === 400 || status === 422) for (const place of places) forgetUnsent(place);
    return false;
  } finally {
    telling = false;
  }
}

/** Tell as soon as there is somebody to tell, and somebody whose places they are; `onTold` where that changed anything. */
export function watchUnsent(onTold: () => void): void {
  const look = () => {
    if (reach.view() && session.view().profileId) void tellUnsent().then((changed) => changed && onTold());
  };
  reach.subscribe(look);
  session.subscribe(look);
  look();
}

function same(one: Unsent, other: Unsent): boolean {
  return one.profileId === other.profileId && one.playableId === other.playableId;
}

function kept(): Unsent[] {
  try {
    const found: unknown = JSON.parse(device.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter(isUnsent).filter(({ at }) => Date.now() - at < LIFETIME) : [];
  } catch {
    return [];
  }
}

function isUnsent(found: Partial<Unsent> | null): found is Unsent {
  return (
    typeof found?.profileId === "string" &&
    typeof found.playableId === "string" &&
    typeof found.position === "number" &&
    typeof found.at === "number"
  );
}

function write(places: Unsent[]): void {
  if (places.length > 0) device.setItem(KEY, JSON.stringify(places));
  else device.removeItem(KEY);
}
