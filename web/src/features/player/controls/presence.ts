// Whether the controls are on the picture: woken by the hand, and gone again once it has been still.

/** How long the hand is still before the picture is cleared. Milliseconds. */
export const STILL_MS = 3_000;

/** What keeps the controls on the picture. */
export type Reason = "still" | "menu" | "help" | "pressed";

export class Presence {
  #shown = true;
  #reasons = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<() => void>();

  shown = (): boolean => this.#shown;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The hand did something: show the controls and count anew. */
  wake(): void {
    this.#show(true);
  }

  /** Clear the picture at once, unless something keeps the controls. */
  hide(): void {
    if (this.#reasons.size === 0) this.#show(false);
  }

  /** A finger on the picture: the other way round, even while something would keep the controls. */
  toggle(): void {
    this.#show(!this.#shown);
  }

  /** While a reason lasts, the controls do not go by themselves; once it ends they have their time again. */
  keep(reason: Reason, lasts: boolean): void {
    if (this.#reasons.has(reason) === lasts) return;
    if (lasts) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    this.#show(true);
  }

  keeps(reason: Reason): boolean {
    return this.#reasons.has(reason);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #show(shown: boolean): void {
    clearTimeout(this.#timer);
    if (shown && this.#reasons.size === 0) this.#timer = setTimeout(() => this.#show(false), STILL_MS);
    if (shown === this.#shown) return;
    this.#shown = shown;
    for (const listener of this.#listeners) listener();
  }
}
