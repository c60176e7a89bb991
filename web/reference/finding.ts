// Finds an operation by words of its summary, its path or its method, from anywhere on the page.
import type { Explorer, Operation } from "./explorer";

const MOST = 8;

/** The operations in which every word occurs, those whose summary begins with the first one before others. */
export function matching(operations: Operation[], sought: string): Operation[] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const first = words[0];
  if (!first) return [];
  const text = ({ summary, path, method }: Operation) => `${summary} ${path} ${method}`.toLowerCase();
  const found = operations.filter((operation) => words.every((word) => text(operation).includes(word)));
  const begins = ({ summary }: Operation) => (summary.toLowerCase().startsWith(first) ? 0 : 1);
  return found.sort((a, b) => begins(a) - begins(b)).slice(0, MOST);
}

export function finding(
  explorer: Explorer,
  form: HTMLElement,
  word: HTMLInputElement,
  list: HTMLElement,
): void {
  let operations: Operation[] = [];
  let chosen = 0;

  const close = () => {
    list.replaceChildren();
    list.hidden = true;
    word.setAttribute("aria-expanded", "false");
    word.removeAttribute("aria-activedescendant");
  };
  const go = (operation: Operation | undefined) => {
    if (!operation) return;
    close();
    word.value = "";
    word.blur();
    void explorer.scrollTo(operation.elementId);
  };
  const show = () => {
    const found = matching(operations, word.value);
    list.replaceChildren(
      ...found.map((operation, at) => option(operation, at, at === chosen, () => go(operation))),
    );
    list.hidden = word.value.trim() === "";
    if (found.length === 0) list.textContent = "No operation has these words.";
    word.setAttribute("aria-expanded", String(!list.hidden));
    list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
    if (found.length > 0) word.setAttribute("aria-activedescendant", `found-${chosen}`);
    return found;
  };

  explorer.addEventListener("spec-loaded", ({ detail }) => {
    operations = detail.tags.flatMap((tag) => tag.paths);
  });
  word.addEventListener("input", () => {
    chosen = 0;
    show();
  });
  word.addEventListener("keydown", (event) => {
    const most = matching(operations, word.value).length - 1;
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") chosen = Math.min(chosen + 1, Math.max(most, 0));
    else if (event.key === "ArrowUp") chosen = Math.max(chosen - 1, 0);
    else return;
    event.preventDefault();
    if (event.key !== "Escape") show();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(matching(operations, word.value)[chosen]);
  });
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget as Node | null)) close();
  });
  document.addEventListener("keydown", (event) => {
    const writing = event
      .composedPath()
      .some((node) => node instanceof HTMLElement && node.matches("input, textarea, select"));
    if (event.key !== "/" || writing) return;
    event.preventDefault();
    word.focus();
  });
}

function option(
  { method, path, summary }: Operation,
  at: number,
  selected: boolean,
  go: () => void,
): HTMLElement {
  const row = document.createElement("div");
  row.role = "option";
  row.id = `found-${at}`;
  row.ariaSelected = String(selected);
  for (const [name, text] of [
    ["method", method],
    ["summary", summary],
    ["path", path],
  ]) {
    const part = document.createElement("span");
    part.className = name ?? "";
    part.dataset.method = method;
    part.textContent = text ?? "";
    row.append(part);
  }
  // Before the field loses its focus, which would take the list away.
  row.addEventListener("pointerdown", (event) => event.preventDefault());
  row.addEventListener("click", go);
  return row;
}
