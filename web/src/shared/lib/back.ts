// The ways out, as keyboards and remote controls send them.
const KEYS = new Set(["Escape", "GoBack", "BrowserBack", "XF86Back"]);

export function isBack(key: string): boolean {
  return KEYS.has(key);
}

/** Menus and dialogs know the Escape of a keyboard, and no Back of a remote control. */
export function pressEscape(from: Element): void {
  from.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
}
