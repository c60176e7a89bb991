// Words that outlast the screen they came from: said on the one after it.

export interface Toast {
  id: number;
  text: string;
}

export class ToastList {
  #all: readonly Toast[] = [];
  #last = 0;
  #listeners = new Set<() => void>();

  /** A stable snapshot for `useSyncExternalStore`, the newest last. */
  view = (): readonly Toast[] => this.#all;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Say `text`, once however often it is told while it stands there. */
  say(text: string): void {
    if (this.#all.some((toast) => toast.text === text)) return;
    this.#last += 1;
    this.#set([...this.#all, { id: this.#last, text }]);
  }

  dismiss(id: number): void {
    this.#set(this.#all.filter((toast) => toast.id !== id));
  }

  #set(all: readonly Toast[]): void {
    this.#all = all;
    for (const listener of this.#listeners) listener();
  }
}

export const toasts = new ToastList();
