// How loud films are on this device, kept from one to the next.
import { device } from "@/shared/lib/storage";

export interface Loudness {
  /** 0 to 1. */
  volume: number;
  muted: boolean;
}

const KEY = "bijou.loudness";

export function keepLoudness(loudness: Loudness): void {
  device.setItem(KEY, JSON.stringify(loudness));
}

/** What was kept, as far as it can be read. */
export function keptLoudness(): Partial<Loudness> {
  try {
    const { volume, muted } = JSON.parse(device.getItem(KEY) ?? "{}") as Partial<Loudness>;
    return {
      ...(typeof volume === "number" ? { volume } : {}),
      ...(typeof muted === "boolean" ? { muted } : {}),
    };
  } catch {
    return {};
  }
}
