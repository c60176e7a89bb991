// Holds that the app can be read in any language: no text outside the catalogues, no class that knows left from right.
// `node lint/any-language.ts` prints what it finds and ends with 1. Text between tags is Biome's (`noJsxLiterals`).
import { globSync, readFileSync } from "node:fs";
import { argv, exit } from "node:process";
import ts from "typescript";

/** Attributes, and members of what is handed to components, whose words a viewer reads or hears. */
const ATTRIBUTES =
  "alt aria-description aria-label aria-placeholder aria-roledescription aria-valuetext placeholder title";
const MEMBERS = "ariaLabel ariaValueText children description detail error hint label lead message note text";
/** What a browser or a notice says at once. */
const SPEAKERS = new Set(["alert", "confirm", "prompt", "toast"]);
/** Where a script writes for a viewer. */
const WRITTEN = new Set([..."ariaLabel alt innerText placeholder textContent title".split(" ")]);
const SAID = new Set(`${ATTRIBUTES} ${MEMBERS}`.split(" "));
const LETTERS = /\p{L}{2}/u;
const PROPER = /\bBijou\b/g;
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
  const kept = constants(tree);
  const visit = (node: ts.Node): void => {
    for (const text of readText(node, kept)) tell(text, `a text outside the catalogues: ${text.getText()}`);
    if (ts.isStringLiteralLike(node) && (ONE_SIDED.test(node.text) || ONE_WAY.test(node.text)))
      tell(node, `a class for one side only, say start or end: ${node.getText()}`);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** The constants and functions of a file by name, so that a text is not out of sight for having one. */
type Constants = ReadonlyMap<string, ts.Node>;

function constants(tree: ts.SourceFile): Constants {
  const found = new Map<string, ts.Node>();
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer)
      found.set(node.name.text, node.initializer);
    if (ts.isFunctionDeclaration(node) && node.name && node.body) found.set(node.name.text, node.body);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** The bare texts that `node` gives to a viewer. */
function readText(node: ts.Node, kept: Constants): ts.Node[] {
  const said = (value: ts.Node | undefined) => bare(value, kept);
  if (ts.isJsxAttribute(node) && SAID.has(node.name.getText()) && node.initializer)
    return said(ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer);
  if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) return said(node.expression);
  if (ts.isPropertyAssignment(node) && SAID.has(node.name.getText())) return said(node.initializer);
  if (ts.isCallExpression(node) && SPEAKERS.has(called(node))) return node.arguments.flatMap(said);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken)
    return ts.isPropertyAccessExpression(node.left) && WRITTEN.has(node.left.name.text)
      ? said(node.right)
      : [];
  return [];
}

/** The last word of what is called: `confirm` of `window.confirm(…)`. */
function called({ expression: callee }: ts.CallExpression): string {
  return ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
}

/** The literals an expression can come out as. */
function bare(value: ts.Node | undefined, kept: Constants): ts.Node[] {
  if (value === undefined) return [];
  const inside = (part: ts.Node | undefined) => bare(part, kept);
  if (ts.isIdentifier(value)) return bare(kept.get(value.text), without(kept, value.text));
  if (ts.isStringLiteralLike(value)) return readable(value.text) ? [value] : [];
  if (ts.isTemplateExpression(value)) {
    const said = [value.head.text, ...value.templateSpans.map(({ literal }) => literal.text)];
    return said.some(readable) ? [value] : [];
  }
  if (ts.isConditionalExpression(value)) return [...inside(value.whenTrue), ...inside(value.whenFalse)];
  if (ts.isBinaryExpression(value)) {
    switch (value.operatorToken.kind) {
      case ts.SyntaxKind.AmpersandAmpersandToken:
        return inside(value.right);
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.PlusToken:
      case ts.SyntaxKind.QuestionQuestionToken:
        return [...inside(value.left), ...inside(value.right)];
    }
  }
  if (ts.isArrowFunction(value)) return inside(value.body);
  if (ts.isBlock(value)) return value.statements.flatMap(inside);
  if (ts.isReturnStatement(value)) return inside(value.expression);
  if (ts.isIfStatement(value)) return [value.thenStatement, value.elseStatement].flatMap(inside);
  if (ts.isElementAccessExpression(value) || ts.isPropertyAccessExpression(value))
    return members(value, kept);
  if (isWrapped(value)) return inside(value.expression);
  if (ts.isCallExpression(value)) return [...joined(value), ...returned(value)].flatMap(inside);
  return [];
}

/** What `TABLE.member` or `TABLE[which]` can be, where the table is an object of this file. */
function members(from: ts.ElementAccessExpression | ts.PropertyAccessExpression, kept: Constants): ts.Node[] {
  const name = from.expression.getText();
  let table = kept.get(name);
  while (table && isWrapped(table)) table = table.expression;
  if (!table || !ts.isObjectLiteralExpression(table)) return [];
  const one = ts.isPropertyAccessExpression(from) ? from.name.text : undefined;
  return table.properties
    .filter(ts.isPropertyAssignment)
    .filter((property) => one === undefined || property.name.getText() === one)
    .flatMap((property) => bare(property.initializer, without(kept, name)));
}

function without(kept: Constants, name: string): Constants {
  return new Map([...kept].filter(([other]) => other !== name));
}

/** An expression in parentheses or with a type: it is what it holds. */
function isWrapped(
  value: ts.Node,
): value is ts.ParenthesizedExpression | ts.AsExpression | ts.SatisfiesExpression {
  return ts.isParenthesizedExpression(value) || ts.isAsExpression(value) || ts.isSatisfiesExpression(value);
}

/** A function of this file, where one is called by its name. */
function returned({ expression: callee }: ts.CallExpression): readonly ts.Node[] {
  return ts.isIdentifier(callee) ? [callee] : [];
}

/** The members of `[…].join()`. */
function joined({ expression: callee }: ts.CallExpression): readonly ts.Node[] {
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== "join") return [];
  return ts.isArrayLiteralExpression(callee.expression) ? callee.expression.elements : [];
}

function readable(text: string): boolean {
  // A key of the catalogue is no text, though it has letters.
  return LETTERS.test(text.replace(PROPER, "")) && !/^[a-z]+(?:\.\w+)+$/.test(text);
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
