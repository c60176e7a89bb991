// What each profile of this device has agreed to. Nobody has agreed to anything before being asked.
import { device } from "@/shared/lib/storage";
import type { Agreed } from "./kinds";

const KEY = "bijou.consents";
const NOTHING: readonly Agreed[] = [];

const listeners = new Set<() => void>();
/** Snapshots that stay the same until something changes, for `useSyncExternalStore`. */
let kept: Record<string, readonly Agreed[]> | undefined;

export function agreed(profileId: string | null): readonly Agreed[] {
  return (profileId ? all()[profileId] : undefined) ?? NOTHING;
}

/** Whether a profile has answered at all. */
export function answered(profileId: string): boolean {
  return all()[profileId] !== undefined;
}

export function agree(profileId: string, what: readonly Agreed[]): void {
  kept = { ...all(), [profileId]: what };
  device.setItem(KEY, JSON.stringify(kept));
  for (const listener of listeners) listener();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function all(): Record<string, readonly Agreed[]> {
  kept ??= read();
  return kept;
}

function read(): Record<string, readonly Agreed[]> {
  try {
    const found: unknown = JSON.parse(device.getItem(KEY) ?? "{}");
    if (typeof found !== "object" || found === null) return {};
    return Object.fromEntries(
      Object.entries(found).filter((entry): entry is [string, Agreed[]] => Array.isArray(entry[1])),
    );
  } catch {
    return {};
  }
}
