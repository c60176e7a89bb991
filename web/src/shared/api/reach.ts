// Whether Bijou can be reached: a request without an answer makes us look, and the look decides.
import { after } from "@/shared/lib/steady-timer";

export interface ReachParts {
  /** Whether anything of ours answers. */
  look: () => Promise<boolean>;
}

/** Waits between looking again while nothing answers. Milliseconds. */
const AGAIN = [1_000, 2_000, 4_000, 8_000];

export class Reach {
  #parts: ReachParts;
  #there = true;
  #looking: Promise<boolean> | null = null;
  #misses = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<() => void>();

  constructor(parts: ReachParts) {
    this.#parts = parts;
  }

  /** A stable snapshot for `useSyncExternalStore`: true until a look has found nothing. */
  view = (): boolean => this.#there;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Look now; callers at the same time share one look. */
  look = (): Promise<boolean> => {
    clearTimeout(this.#timer);
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  };

  /** An answer came, whatever it said. */
  heard(): void {
    if (!this.#there) this.#found(true);
  }

  /** Waits `ms` milliseconds, but no longer than until Bijou can be reached again. */
  back(ms: number): Promise<void> {
    return new Promise((done) => {
      const over = () => {
        cancel();
        stop();
        done();
      };
      const cancel = after(ms, over);
      const stop = this.subscribe(() => this.#there && over());
    });
  }

  async #look(): Promise<boolean> {
    const there = await this.#parts.look().catch(() => false);
    this.#found(there);
    return there;
  }

  #found(there: boolean): void {
    clearTimeout(this.#timer);
    if (there) {
      this.#misses = 0;
    } else {
      const wait = AGAIN[Math.min(this.#misses, AGAIN.length - 1)];
      this.#misses += 1;
      this.#timer = setTimeout(() => void this.look(), wait);
    }
    if (there === this.#there) return;
    this.#there = there;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A look that hangs has found nothing. Milliseconds. */
const LOOK_DEADLINE = 5_000;

/** The edge's own smallest file: it says nothing of the services behind it, whose failures have words of their own. */
async function answers(): Promise<boolean> {
  await fetch("/favicon.svg", {
    method: "HEAD",
    cache: "no-store",
    signal: AbortSignal.timeout(LOOK_DEADLINE),
  });
  return true;
}

export const reach = new Reach({ look: answers });

/** Hear what the browser knows of the network. It knows only of its own end, so each time we look. */
export function watchReach(): void {
  addEventListener("online", () => void reach.look());
  addEventListener("offline", () => void reach.look());
}
