// The viewer's hold on a stream slot: asked for, kept by heartbeats, taken anew after a sleep, let go.

import * as api from "@/shared/api/playback";
import type { Problem } from "@/shared/api/problems";
import { reach } from "@/shared/api/reach";
import type { PlaySession } from "@/shared/api/shapes";
import type { Unsent } from "@/shared/api/unsent";
import { goodbye } from "./goodbye";
import { hold, lose } from "./held";
import { patiently } from "./patience";
import { type Beat, Pulse, type Renewal as Renewed } from "./pulse";
import { Renewal } from "./renewal";
import { Starts } from "./starts";

export interface LeaseParts {
  playableId: string;
  /** The viewer is known to have a plan: a refusal for want of one is news that has not arrived yet. */
  hasPlan: () => boolean;
  /** What the next heartbeat says. */
  read: () => Pick<Beat, "position" | "state" | "qoe">;
  /** The place to be told at the end. */
  place: () => Omit<Unsent, "profileId">;
  /** A heartbeat leaves. */
  onTelling: (body: Beat) => void;
  /** A heartbeat was answered. */
  onTold: (body: Beat) => void;
  /** The server knows that the film held now is over. */
  onOver: () => void;
  /** The grant that is good from now on. */
  onGranted: (renewed: Renewed) => void;
  /** The same film goes on under a new lease. */
  onRenewed: (session: PlaySession, old: PlaySession) => void;
  /** The server no longer knows what is held as running. */
  onLost: (session: PlaySession, why: Problem) => void;
  /** There is no slot, and asking again by itself would not help. */
  onRefused: (error: unknown) => void;
  onReach: (online: boolean) => void;
}

/** How often it is asked again how a film ended that was left while nobody could be reached, and how long each waits. Milliseconds. */
const UNHEARD = 10;
const A_MINUTE = 60_000;

export class Lease {
  #parts: LeaseParts;
  #session: PlaySession | null = null;
  #pulse: Pulse | null = null;
  #starts = new Starts();
  #renewal: Renewal;
  /** Grows with every admission begun and everything let go: an answer to an earlier one comes too late. */
  #turn = 0;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#renewal = new Renewal({
      ask: () => this.#starts.ask(parts.playableId),
      holds: (old) => this.#session === old,
      onRenewed: (session, old) => {
        this.#hold(session);
        parts.onRenewed(session, old);
      },
      onUnwanted: (session) => void goodbye(session.session_id, parts.place()),
      onRefused: parts.onRefused,
      onReach: parts.onReach,
    });
  }

  /** What is held now. */
  get session(): PlaySession | null {
    return this.#session;
  }

  /** What is held has not been heard of for longer than it should take. */
  get silent(): boolean {
    return this.#pulse?.silent === true;
  }

  /** Ask for a slot, or take one over at `href`. Nothing once it was refused or is no longer wanted. */
  async admit(href?: string): Promise<PlaySession | null> {
    const { playableId, hasPlan, onReach, onRefused } = this.#parts;
    this.#turn += 1;
    const turn = this.#turn;
    const wanted = () => turn === this.#turn;
    const ask = () => (href === undefined ? this.#starts.ask(playableId) : api.takeOver(href));
    let session: PlaySession;
    try {
      session = await patiently(ask, { hasPlan, wanted, onReach });
    } catch (error) {
      if (wanted()) onRefused(error);
      return null;
    }
    if (!wanted()) {
      void api.leave(session.session_id, session.resume_at);
      return null;
    }
    this.#hold(session);
    return session;
  }

  /** Tell now where the film is. */
  beat(): void {
    this.#pulse?.beat();
  }

  /** Somebody may be watching again: look at once how the lease stands. */
  wake(): void {
    if (!this.#renewal.wake()) this.beat();
  }

  /** What is held ran out: take a new one, or wait with it until somebody watches. */
  renew(old: PlaySession, unwatched: boolean): void {
    this.#renewal.expired(old, unwatched);
  }

  /** Let go; `tell` the server unless it ended the session itself. */
  letGo(tell: boolean): void {
    const session = this.#session;
    this.#pulse?.stop();
    this.#pulse = null;
    this.#session = null;
    this.#renewal.forget();
    this.#turn += 1;
    if (!tell) return;
    this.#starts.leave();
    if (session) void goodbye(session.session_id, this.#parts.place());
  }

  /** Let go after a silence, in which the session may have ended without the viewer's knowing: why it had, if so. */
  async farewell(): Promise<Problem | null> {
    const session = this.#session;
    const pulse = this.#pulse;
    this.letGo(false);
    this.#starts.leave();
    if (!session || !pulse) return null;
    const place = this.#parts.place();
    for (let asks = 0; ; asks++) {
      const why = await pulse.farewell();
      if (why && why.status !== 0) return why;
      // What nobody hears is kept all the same, for the page may go before the network comes.
      const heard = goodbye(session.session_id, place);
      if (!why || asks === UNHEARD || (await heard)) return null;
      await reach.back(A_MINUTE);
    }
  }

  #hold(session: PlaySession): void {
    this.#session = session;
    hold(session.session_id);
    this.#pulse?.stop();
    this.#pulse = this.#beating(session);
    this.#pulse.start();
  }

  #beating(session: PlaySession): Pulse {
    const { read, onTelling, onTold, onOver, onGranted, onReach } = this.#parts;
    return new Pulse({
      fencing: session.fencing,
      interval: session.heartbeat_interval,
      read,
      send: async (body) => {
        onTelling(body);
        const answer = await api.heartbeat(session.session_id, body);
        onTold(body);
        if (body.state === "ended" && this.#session === session) onOver();
        return answer;
      },
      onRenewed: onGranted,
      onLost: (why) => this.#lost(session, why),
      onReach,
    });
  }

  #lost(session: PlaySession, why: Problem): void {
    if (this.#session !== session) return;
    lose(session.session_id);
    this.#parts.onLost(session, why);
  }
}
