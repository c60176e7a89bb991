// Tells how a play is going: when its picture first moves, now and then, and at its end, which only the first reason names.
import type { PlaySession } from "@/shared/api/shapes";
import { chosenBy, told } from "@/shared/events/chosen";
import { arms } from "@/shared/events/met";
import { tell } from "@/shared/events/tell";
import { type Measured, ViewingAccount } from "./viewing-account";

export type Exit = "ended" | "left" | "next" | "failed" | "lost";
export type State = "starting" | "playing" | "paused" | "rebuffering" | "ended" | "failed" | "left";

/** A look at the player each second; a beacon every half minute. Milliseconds. */
const LOOK = 1_000;
const EVERY = 30_000;

export interface BeaconParts {
  session: PlaySession;
  playableId: string;
  read: () => { measured: Measured; moving: boolean; state: State; position: number };
  now: () => number;
  /** What is said, for a test to hear. */
  tell?: typeof tell;
}

export class Beacons {
  #parts: BeaconParts;
  #account = new ViewingAccount();
  #timer: ReturnType<typeof setInterval>;
  #sn = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #over = false;
  /** What had happened before: a film that goes on under another session has told it there. */
  #before: Measured;

  constructor(parts: BeaconParts) {
    this.#parts = parts;
    this.#before = parts.read().measured;
    this.#timer = setInterval(() => this.#look(), LOOK);
  }

  /** It is over, for this reason; a number says what failed. */
  end(exit: Exit, code?: number): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#timer);
    const { measured, moving } = this.#parts.read();
    this.#account.look(this.#parts.now(), since(measured, this.#before), moving);
    this.#say(
      exit === "ended" ? "ended" : exit === "failed" || exit === "lost" ? "failed" : "left",
      exit,
      code,
    );
  }

  #look(): void {
    const { measured, moving, state } = this.#parts.read();
    const now = this.#parts.now();
    this.#account.look(now, since(measured, this.#before), moving);
    // The first once there is a picture: a play that ends before says so at its end.
    if (measured.startup === undefined || now - this.#toldAt < EVERY) return;
    this.#toldAt = now;
    this.#say(state);
  }

  #say(state: State, exit?: Exit, code?: number): void {
    const { session, playableId, read } = this.#parts;
    if (!session.title) return;
    const origin = chosenBy(session.title.id);
    (this.#parts.tell ?? tell)({
      type: "playback",
      session_id: session.session_id,
      title_id: session.title.id,
      playable_id: playableId,
      sn: this.#sn++,
      sta: state,
      trailer: Boolean(session.trailer),
      device_class: "web",
      experiments: { ...arms },
      pt: Math.round(read().position * 1000),
      ...this.#account.told(),
      ...(origin ? told(origin) : {}),
      ...(exit ? { exit } : {}),
      ...(code === undefined ? {} : { ec: String(code) }),
    });
  }
}

function since(now: Measured, before: Measured): Measured {
  return {
    ...now,
    startup: before.startup === undefined ? now.startup : undefined,
    rebuffers: Math.max(0, now.rebuffers - before.rebuffers),
    rebufferMs: Math.max(0, now.rebufferMs - before.rebufferMs),
    dropped: Math.max(0, now.dropped - before.dropped),
    switches: Math.max(0, now.switches - before.switches),
  };
}
