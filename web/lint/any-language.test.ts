// The checks that the app can be read in any language find what they are for, and nothing else.
import { expect, test } from "vitest";
import { findings } from "./any-language";
import { broken } from "./biome";

const drawn = (jsx: string) => `export const it = (open: boolean, t: (key: string) => string) => ${jsx};\n`;
const found = (jsx: string) => findings("it.tsx", drawn(jsx)).length;

test.each([
  `<p aria-label="Close" />`,
  `<p placeholder={"Your name"} />`,
  `<p title={open ? "Open it" : undefined} />`,
  `<img alt={\`Poster of \${open}\`} />`,
  `<Field label="Name" />`,
  `<p>{"Bare"}</p>`,
  `<p>{open ? "Open" : ""}</p>`,
  `<p>{open && "Open"}</p>`,
  `<p>{t("a.b") || "Nothing"}</p>`,
  `<p>{\`\${open} left\`}</p>`,
  `<p>{["now", t("a.b")].join(" · ")}</p>`,
  `<Menu choices={[{ id: "off", label: "Off" }]} />`,
  `<p children="Bare" />`,
  `<p {...{ title: "Bare" }} />`,
  `window.confirm("Leave it?")`,
  `toast(open ? "Saved" : t("a.b"))`,
  `(document.title = "Bare")`,
  `z.string().min(1, { error: () => "Give it a name." })`,
])("refuses the text in %s", (jsx) => {
  expect(found(jsx)).toBe(1);
});

test.each([
  `const NAME = "Bare text"; export const it = () => <p>{NAME}</p>;`,
  `const NAMES = { off: "Off", on: "On" } as const; export const it = (k: "off" | "on") => <p>{NAMES[k]}</p>;`,
  `const NAMES = { off: "Off", on: t("a.b") } satisfies object; export const it = () => <p aria-label={NAMES.off} />;`,
  `function name(on: boolean) { if (on) { return "Bare text"; } return t("a.b"); } export const it = () => <p>{name(true)}</p>;`,
  `const name = (on: boolean) => (on ? "Bare text" : t("a.b")); export const it = () => <p title={name(true)} />;`,
])("sees a text behind its name: %s", (source) => {
  expect(findings("it.tsx", source).length).toBeGreaterThan(0);
});

test("follows names that lead to each other once", () => {
  expect(findings("it.tsx", "const a = b; const b = a; export const it = () => <p>{a}</p>;")).toEqual([]);
});

test.each([
  `<p aria-label={t("common.close")} className="font-medium" data-testid="close" />`,
  `<p title={open ? t("a.b") : undefined}>{open && " · "}</p>`,
  `<p>{open === ("no" as never) ? t("a.b") : null}</p>`,
  `<Place label="app.home" />`,
  `<p className="ms-2 end-4 text-start left-1/2 -translate-x-1/2 brightness-50" />`,
])("lets %s be", (jsx) => {
  expect(found(jsx)).toBe(0);
});

test.each(["ml-2", "sm:pr-4", "-left-2", "text-left", "rounded-tl-card", "left-[3px]", "bg-linear-to-r"])(
  "refuses %s, which knows only one direction",
  (name) => {
    expect(found(`<p className="flex ${name}" />`)).toBe(1);
  },
);

test("Biome refuses text between tags", () => {
  const sources = ["<p>Bare text</p>", "<p>·</p>"].map((jsx) => `export const it = ${jsx};\n`);
  expect(broken(sources.map((source) => ["src/features/home", source] as const))).toEqual([
    ["lint/style/noJsxLiterals"],
    [],
  ]);
});
