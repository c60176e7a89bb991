// What the browser keeps for us, on this device or in this tab; where it may keep nothing, the page itself does.

/** Everything that is ever kept, so that what a page holds in its stead has an end. */
export type Key =
  | "bijou.asked-taste"
  | "bijou.autoplay"
  | "bijou.chosen"
  | "bijou.consents"
  | "bijou.device"
  | "bijou.device.secret"
  | "bijou.language"
  | "bijou.loudness"
  | "bijou.stood"
  | "bijou.place"
  | "bijou.playing"
  | "bijou.refresh"
  | "bijou.reloaded"
  | "bijou.told-holding"
  | "bijou.unsent"
  | "bijou.viewer";

/** A browser that blocks storage throws at the first look at it, a full one at the next write. Neither may end the page. */
class Kept {
  #place: () => Storage;
  /** What could not be kept: it lasts until the page is left. */
  #unkept = new Map<Key, string>();

  constructor(place: () => Storage) {
    this.#place = place;
  }

  getItem(key: Key): string | null {
    const here = this.#unkept.get(key);
    if (here !== undefined) return here;
    return this.#tried((storage) => storage.getItem(key)) ?? null;
  }

  setItem(key: Key, value: string): void {
    const done = this.#tried((storage) => {
      storage.setItem(key, value);
      return true;
    });
    if (done) {
      this.#unkept.delete(key);
      return;
    }
    // What was there before would come back with the next page.
    this.removeItem(key);
    this.#unkept.set(key, value);
  }

  removeItem(key: Key): void {
    this.#unkept.delete(key);
    this.#tried((storage) => storage.removeItem(key));
  }

  #tried<T>(work: (storage: Storage) => T): T | undefined {
    try {
      return work(this.#place());
    } catch {
      return undefined;
    }
  }
}

/** Kept until the viewer clears it, and seen by every tab. */
export const device = new Kept(() => localStorage);
/** Kept until the tab is closed, through reloads. */
export const tab = new Kept(() => sessionStorage);
