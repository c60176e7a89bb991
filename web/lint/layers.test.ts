// The layers are held: what may not be imported is refused by the linter, and nothing stands outside the layers.
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { broken } from "./biome";

const REFUSED = [
  ["src/shared/ui", "@/app/router"],
  ["src/shared/ui", "@/features/home/home"],
  ["src/shared/ui", "../../features/home/home"],
  ["src/features/home", "@/app/router"],
  ["src/features/home", "@/features/title/title"],
  ["src/features/home", "../title/title"],
  ["src/features/home", "../../app/router"],
  ["src/features/player/controls", "@/features/title/title"],
  ["src/features/player/controls", "../../title/title"],
] as const;
const ALLOWED = [
  ["src/app", "@/features/home/home"],
  ["src/features/home", "@/shared/ui/button"],
  ["src/features/home", "./hero"],
  ["src/features/player/controls", "../state"],
] as const;

test("imports go from app to features to what is shared, and never from feature to feature", () => {
  const still = ([folder, from]: readonly [string, string]) => [folder, `import "${from}";\n`] as const;
  const lazy = ([folder, from]: readonly [string, string]) =>
    [folder, `export const it = () => import("${from}");\n`] as const;
  const rule = ["lint/style/noRestrictedImports"];
  expect(broken([...REFUSED.map(still), ...REFUSED.map(lazy)])).toEqual(
    [...REFUSED, ...REFUSED].map(() => rule),
  );
  expect(broken([...ALLOWED.map(still), ...ALLOWED.map(lazy)]).flat()).toEqual([]);
});

test("every file of the app is in a layer", () => {
  expect(readdirSync("src").sort()).toEqual(["app", "features", "main.tsx", "shared", "styles.css"]);
});
