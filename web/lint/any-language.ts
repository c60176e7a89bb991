// Holds that the app can be read in any language: no text outside the catalogues, no class that knows left from right.
// `node lint/any-language.ts` prints what it finds and ends with 1. Text between tags is Biome's (`noJsxLiterals`).
import { globSync, readFileSync } from "node:fs";
import { argv, exit } from "node:process";
import ts from "typescript";

/** Attributes, and members of what is handed to components, whose words a viewer reads or hears. */
const ATTRIBUTES =
  "alt aria-description aria-label aria-placeholder aria-roledescription aria-valuetext placeholder title";
const MEMBERS = "description detail error hint label lead message note text";
const SAID = new Set(`${ATTRIBUTES} ${MEMBERS}`.split(" "));
const LETTERS = /\p{L}{2}/u;
const PROPER = new Set(["Bijou"]);
const ONE_SIDED =
  /(?:^|[\s:])-?(?:[mp][lr]|left|right|border-[lr]|rounded-(?:[lr]|[tb][lr])|scroll-[mp][lr]|float)-(?!1\/2(?:\s|$))\S|(?:^|[\s:])text-(?:left|right)(?:\s|$)/;
/** A shade that runs one way, without its counterpart. */
const ONE_WAY = /^(?!.*rtl:bg-linear-to-)(?:.*[\s:])?bg-linear-to-[lr](?:\s|$)/;

export interface Finding {
  line: number;
  told: string;
}

export function findings(file: string, source: string): Finding[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: Finding[] = [];
  const tell = (node: ts.Node, told: string) =>
    found.push({ line: tree.getLineAndCharacterOfPosition(node.getStart()).line + 1, told });
  const visit = (node: ts.Node): void => {
    for (const text of readText(node)) tell(text, `a text outside the catalogues: ${text.getText()}`);
    if (ts.isStringLiteralLike(node) && (ONE_SIDED.test(node.text) || ONE_WAY.test(node.text)))
      tell(node, `a class for one side only, say start or end: ${node.getText()}`);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** The bare texts that `node` gives to a viewer. */
function readText(node: ts.Node): ts.Node[] {
  if (ts.isJsxAttribute(node) && SAID.has(node.name.getText()) && node.initializer)
    return bare(ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer);
  if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) return bare(node.expression);
  if (ts.isPropertyAssignment(node) && SAID.has(node.name.getText())) return bare(node.initializer);
  return [];
}

/** The literals an expression can come out as. */
function bare(value: ts.Node | undefined): ts.Node[] {
  if (value === undefined) return [];
  if (ts.isStringLiteralLike(value)) return readable(value.text) ? [value] : [];
  if (ts.isTemplateExpression(value)) {
    const said = [value.head.text, ...value.templateSpans.map(({ literal }) => literal.text)];
    return said.some(readable) ? [value] : [];
  }
  if (ts.isConditionalExpression(value)) return [...bare(value.whenTrue), ...bare(value.whenFalse)];
  if (ts.isBinaryExpression(value)) {
    switch (value.operatorToken.kind) {
      case ts.SyntaxKind.AmpersandAmpersandToken:
        return bare(value.right);
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.PlusToken:
      case ts.SyntaxKind.QuestionQuestionToken:
        return [...bare(value.left), ...bare(value.right)];
    }
  }
  if (ts.isArrowFunction(value)) return bare(value.body);
  if (ts.isParenthesizedExpression(value) || ts.isAsExpression(value)) return bare(value.expression);
  if (ts.isCallExpression(value)) return joined(value).flatMap(bare);
  return [];
}

/** The members of `[…].join()`. */
function joined({ expression: callee }: ts.CallExpression): readonly ts.Node[] {
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== "join") return [];
  return ts.isArrayLiteralExpression(callee.expression) ? callee.expression.elements : [];
}

function readable(text: string): boolean {
  // A key of the catalogue is no text, though it has letters.
  return LETTERS.test(text) && !PROPER.has(text.trim()) && !/^[a-z]+(?:\.\w+)+$/.test(text);
}

if (argv[1]?.endsWith("any-language.ts")) {
  const files = globSync("src/**/*.{ts,tsx}").filter(
    (file) => !/\.test\.ts$|\.d\.ts$|shared\/i18n\/..\//.test(file),
  );
  const told = files.flatMap((file) =>
    findings(file, readFileSync(file, "utf8")).map(({ line, told }) => `${file}:${line} ${told}`),
  );
  for (const line of told) console.error(line);
  if (told.length > 0) {
    console.error(
      `\n${told.length} findings. Texts belong in src/shared/i18n: see "How to add a text" in web/README.md.`,
    );
    exit(1);
  }
}
