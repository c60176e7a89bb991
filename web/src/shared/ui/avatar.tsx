// A profile's face: the gem it chose, a picture, or its initial on a colour that is always the same for that name.
import { cn } from "@/shared/lib/cn";
import { Mark } from "./mark";

/** The gems identity offers, by the last part of their address. */
const GEMS: Record<string, string> = {
  ruby: "from-[oklch(55%_0.19_18)] to-[oklch(30%_0.11_10)]",
  topaz: "from-[oklch(72%_0.13_75)] to-[oklch(42%_0.1_55)]",
  emerald: "from-[oklch(58%_0.12_160)] to-[oklch(31%_0.07_170)]",
  sapphire: "from-[oklch(52%_0.13_255)] to-[oklch(29%_0.09_265)]",
  amethyst: "from-[oklch(54%_0.15_305)] to-[oklch(31%_0.11_300)]",
  pearl: "from-[oklch(80%_0.02_80)] to-[oklch(50%_0.02_300)]",
};
const GROUNDS = Object.values(GEMS);

function ground(name: string): string {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 997;
  return GROUNDS[sum % GROUNDS.length] ?? "";
}

export function Avatar({ name, src, className }: { name: string; src?: string | null; className?: string }) {
  const gem = /\/avatars\/([a-z]+)\.svg$/.exec(src ?? "")?.[1];
  const known = gem ? GEMS[gem] : undefined;
  return (
    <span
      aria-hidden="true"
      className={cn(
        "grid size-9 shrink-0 place-items-center overflow-hidden rounded-card bg-linear-150 font-display text-ivory text-lg",
        known ?? ground(name),
        className,
      )}
    >
      {known ? (
        <Mark className="size-1/2 text-ivory/85" />
      ) : src ? (
        <img src={src} alt="" className="size-full object-cover" />
      ) : (
        (name.trim()[0] ?? "?").toUpperCase()
      )}
    </span>
  );
}
