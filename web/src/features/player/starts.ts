// Starts of one film, each under a key of its own, so that who leaves before the answer takes no slot along.
import * as api from "@/shared/api/playback";
import { asProblem } from "@/shared/api/problems";
import type { PlaySession } from "@/shared/api/shapes";
import { attemptKey } from "@/shared/lib/attempt-key";
import { heldSession } from "./held";

export class Starts {
  /** The key of the start whose answer has yet to come. */
  #asking: string | null = null;
  /** The key of a start whose answer was lost: it may hold a slot that nobody knows of. */
  #unheard: string | null = null;

  /** Start `playableId` in the place of what this tab holds. */
  async ask(playableId: string): Promise<PlaySession> {
    const key = attemptKey();
    this.#asking = key;
    try {
      if (this.#unheard !== null) await api.takeBack(this.#unheard);
      this.#unheard = null;
      return await this.#heard(playableId, key);
    } finally {
      if (this.#asking === key) this.#asking = null;
    }
  }

  /** Take back whatever has no answer, sent so that it outlives the page. */
  leave(): void {
    for (const key of [this.#asking, this.#unheard]) if (key !== null) api.leaveStart(key);
  }

  async #heard(playableId: string, key: string): Promise<PlaySession> {
    try {
      return await api.startSession(playableId, heldSession(), key);
    } catch (error) {
      const { status } = asProblem(error);
      if (status === 0 || status >= 500) this.#unheard = key;
      throw error;
    }
  }
}
