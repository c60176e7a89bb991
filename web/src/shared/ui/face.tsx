// What stands where a title has no picture: its name on a ground of its own, always the same one.

import { cn } from "@/shared/lib/cn";

/** Hues of the house's evenings, in degrees (OKLCH): ruby, copper, brass, moss, mint, dusk, violet, plum. */
const HUES = [18, 42, 78, 128, 170, 245, 290, 335];
/** Rays, arches, the folds of a curtain, panes: drawn in light and shade over whatever hue it is. */
const MOTIFS = [
  "repeating-conic-gradient(from -90deg at 50% 108%, rgb(255 255 255 / 0.055) 0 5deg, transparent 5deg 15deg)",
  "repeating-radial-gradient(circle at 50% 112%, transparent 0 1.6rem, rgb(255 255 255 / 0.09) 1.6rem 1.66rem)",
  "repeating-linear-gradient(90deg, rgb(0 0 0 / 0.22) 0, transparent 0.9rem, rgb(255 255 255 / 0.035) 1.2rem, rgb(0 0 0 / 0.22) 2rem)",
  "repeating-linear-gradient(60deg, transparent 0 1.9rem, rgb(255 255 255 / 0.06) 1.9rem 1.96rem), repeating-linear-gradient(-60deg, transparent 0 1.9rem, rgb(255 255 255 / 0.06) 1.9rem 1.96rem)",
];

/** A number that is the same for the same seed, and another one for nearly every other (FNV-1a). */
export function numberOf(seed: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < seed.length; at += 1) hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193) >>> 0;
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** How wide a letter may be for the longest word to fit, and all of them on six lines, in hundredths of the face's width. */
export function letterWidth(name: string): number {
  const longest = Math.max(...name.split(/[\s-]+/).map((word) => [...word].length), 5);
  return Math.min(15, 120 / longest, 600 / [...name].length);
}

interface Props {
  /** What it is the face of: a title's id. */
  seed: string;
  /** Written on it; an empty one leaves the ground alone. */
  name: string;
  hidden?: boolean;
  className?: string;
}

export function Face({ seed, name, hidden, className }: Props) {
  const number = numberOf(seed);
  const hue = HUES[number % HUES.length];
  const motif = MOTIFS[(number >>> 8) % MOTIFS.length];
  return (
    <span
      aria-hidden={hidden || undefined}
      className={cn("@container absolute inset-0 grid place-items-center text-center", className)}
      style={{
        backgroundImage: `${motif}, linear-gradient(165deg, oklch(38% 0.085 ${hue}), oklch(17% 0.04 ${hue}))`,
      }}
    >
      {name && (
        <span
          className="mx-[7cqi] mb-[8cqi] line-clamp-6 text-balance break-words font-display text-ivory leading-[1.15]"
          style={{ fontSize: `clamp(0.8125rem, ${letterWidth(name).toFixed(2)}cqi, 2rem)` }}
        >
          {name}
        </span>
      )}
    </span>
  );
}
