// Sends what waits in the queue: in batches, one at a time, in order, and never so that an event is lost for want of an answer.
import type { Queued } from "./kinds";
import type { Waiting } from "./queue";

export interface Batch {
  profileId: string;
  said: Queued["said"][];
}

/** What became of a batch: judged, to be sent again later, or refused for what it is. */
export type Outcome = "judged" | "later" | "refused";

export interface SenderParts {
  queue: {
    add(event: Queued): Promise<void>;
    first(profileId: string, most: number): Promise<Waiting[]>;
    forget(places: readonly number[]): Promise<void>;
  };
  profileId: () => string | null;
  send: (batch: Batch) => Promise<Outcome>;
  /** For a page that is going away: nobody hears what became of it. */
  sendLast: (batch: Batch) => void;
  after: (milliseconds: number, act: () => void) => void;
}

/** An event leaves this long after it was told, with those told meanwhile; so many at once. */
const GATHER = 5_000;
const MOST = 50;
/** Waits after failures in a row. */
const AGAIN = [5_000, 15_000, 60_000, 300_000];

export class Sender {
  #parts: SenderParts;
  #timing = false;
  #sending = false;
  #failures = 0;
  /** The newest, in memory as well: a page that closes has no time to ask its database. */
  #fresh: Queued[] = [];

  /** The page has said its last words; what is told by those that hear of its end later follows at once. */
  #left = false;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  async tell(event: Queued): Promise<void> {
    this.#fresh = [...this.#fresh, event].slice(-MOST);
    if (this.#left) this.#parts.sendLast({ profileId: event.profileId, said: [event.said] });
    await this.#parts.queue.add(event);
    this.#soon(GATHER);
  }

  /** Send what waits, now. */
  async flush(): Promise<void> {
    const profileId = this.#parts.profileId();
    if (this.#sending || profileId === null) return;
    this.#sending = true;
    try {
      // Whose they are may change at any answer: nobody's events leave as somebody else's.
      while (this.#parts.profileId() === profileId) {
        const waiting = await this.#parts.queue.first(profileId, MOST);
        if (waiting.length === 0) return;
        const outcome = await this.#parts.send({ profileId, said: waiting.map(({ said }) => said) });
        if (outcome === "later") {
          this.#soon(AGAIN[Math.min(this.#failures, AGAIN.length - 1)] ?? GATHER);
          this.#failures += 1;
          return;
        }
        this.#failures = 0;
        await this.#parts.queue.forget(waiting.map(({ place }) => place));
        const ids = new Set(waiting.map(({ said }) => said.id));
        this.#fresh = this.#fresh.filter(({ said }) => !ids.has(said.id));
      }
      this.#soon(GATHER);
    } finally {
      this.#sending = false;
    }
  }

  /** The page has come back as it was left. */
  back(): void {
    this.#left = false;
  }

  /** The page may be going away: what was told last is sent without an answer, and stays in the queue until one is had. */
  leave(forGood = false): void {
    this.#left = forGood;
    const profileId = this.#parts.profileId();
    if (profileId === null) return;
    const said = this.#fresh.filter((each) => each.profileId === profileId).map((each) => each.said);
    if (said.length > 0) this.#parts.sendLast({ profileId, said: said.slice(-MOST) });
  }

  #soon(milliseconds: number): void {
    if (this.#timing) return;
    this.#timing = true;
    this.#parts.after(milliseconds, () => {
      this.#timing = false;
      void this.flush();
    });
  }
}
