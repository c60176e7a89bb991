// Which flags and arms hold for this profile: asked for once, kept, and asked for again when an answer of the API says that
// something else holds by now.

export interface Assignments {
  version: string;
  experiments: Record<string, string>;
  flags: Record<string, boolean>;
}

interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface Parts {
  profileId: () => string | null;
  ask: () => Promise<Assignments>;
  storage: Storage;
  /** After a switch every app asks: not all in the same moment. */
  soon: (act: () => void) => void;
  /** Told at the moment at which an arm is met, once for each visit. */
  exposed: (experiment: string, arm: string) => void;
}

const KEY = "bijou.assignments";
const NOTHING: Assignments = { version: "", experiments: {}, flags: {} };

export class Assigned {
  readonly #parts: Parts;
  readonly #listeners = new Set<() => void>();
  /** Whose they are, and what they are. */
  #kept: { profileId: string | null; assignments: Assignments } | undefined;
  #asking: string | null = null;
  /** Arms that were met in this visit: what events of it say of themselves. */
  readonly met: Record<string, string> = {};

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What holds; before it was asked for, what held when this device asked last. */
  view = (): Assignments => {
    const profileId = this.#parts.profileId();
    if (this.#kept?.profileId !== profileId) this.#kept = { profileId, assignments: this.#read(profileId) };
    return this.#kept.assignments;
  };

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** An answer of the API says which version holds. */
  heard(version: string | null): void {
    const profileId = this.#parts.profileId();
    if (!version || profileId === null || version === this.view().version) return;
    const wanted = `${profileId} ${version}`;
    // The server that assigns may be a moment behind the one that said so: each version is asked for once.
    if (this.#asking === wanted) return;
    this.#asking = wanted;
    const ask = () =>
      void this.#parts
        .ask()
        .then((found) => this.#keep(profileId, found))
        .catch(() => {
          this.#asking = null;
        });
    if (this.view().version) this.#parts.soon(ask);
    else ask();
  }

  flag(name: string, otherwise: boolean): boolean {
    return this.view().flags[name] ?? otherwise;
  }

  /** This profile's arm, which it meets now; null where it is in no such experiment. */
  meet(experiment: string): string | null {
    const arm = this.view().experiments[experiment] ?? null;
    if (arm !== null && this.met[experiment] !== arm) {
      this.met[experiment] = arm;
      this.#parts.exposed(experiment, arm);
    }
    return arm;
  }

  #keep(profileId: string, assignments: Assignments): void {
    this.#parts.storage.setItem(KEY, JSON.stringify({ profileId, assignments }));
    if (this.#parts.profileId() !== profileId) return;
    this.#kept = { profileId, assignments };
    for (const listener of this.#listeners) listener();
  }

  #read(profileId: string | null): Assignments {
    try {
      const found = JSON.parse(this.#parts.storage.getItem(KEY) ?? "null");
      return found?.profileId === profileId && profileId !== null ? found.assignments : NOTHING;
    } catch {
      return NOTHING;
    }
  }
}
