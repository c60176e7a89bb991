// What Biome, with the app's own configuration, says of sources that are not part of the app.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** For each `[folder, source]` the rules it breaks. */
export function broken(sources: readonly (readonly [string, string])[]): string[][] {
  const place = mkdtempSync(join(tmpdir(), "bijou-lint-"));
  try {
    copyFileSync("biome.json", join(place, "biome.json"));
    sources.forEach(([folder, source], index) => {
      const file = join(place, folder, `case${index}.tsx`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, source);
    });
    const biome = resolve("node_modules/.bin/biome");
    const { stdout, stderr } = spawnSync(biome, ["lint", "--reporter=json", "--max-diagnostics=none"], {
      cwd: place,
      encoding: "utf8",
    });
    const found = JSON.parse(stdout.slice(stdout.indexOf("{"))) as Report;
    if (!found.diagnostics) throw new Error(stderr);
    return sources.map((_, index) =>
      found.diagnostics
        .filter(({ location }) => JSON.stringify(location.path).includes(`case${index}.tsx`))
        .map(({ category }) => category),
    );
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

interface Report {
  diagnostics: { category: string; location: { path: unknown } }[];
}
