// A trailer that plays by itself behind words: a session of its own, without controls, and gone without a word when it cannot be.
import * as api from "@/shared/api/playback";
import type { PlaySession } from "@/shared/api/shapes";
import { attemptKey } from "@/shared/lib/attempt-key";

/** No more lines than a picture behind words needs. Pixels. */
const MAX_HEIGHT = 720;

interface Player {
  destroy(): Promise<unknown>;
}

export interface PreviewEvents {
  /** There is a moving picture, or there is none any more. */
  onShown: (shown: boolean) => void;
  /** It was seen to its end, or cannot be. */
  onOver: () => void;
}

export class Preview {
  #video: HTMLVideoElement;
  #events: PreviewEvents;
  #listening = new AbortController();
  /** The key of the start whose answer has yet to come. */
  #asking: string | null = null;
  #session: PlaySession | null = null;
  #player: Player | null = null;
  #beat: ReturnType<typeof setInterval> | undefined;
  #seq = 0;
  #moving = true;

  constructor(video: HTMLVideoElement, events: PreviewEvents) {
    this.#video = video;
    this.#events = events;
    const { signal } = this.#listening;
    video.addEventListener("playing", () => events.onShown(true), { signal });
    video.addEventListener("ended", () => this.#over(), { signal });
    video.addEventListener("error", () => this.#over(), { signal });
  }

  async start(playableId: string): Promise<void> {
    try {
      const key = attemptKey();
      this.#asking = key;
      const [{ newPlayer }, session] = await Promise.all([
        import("@/shared/media/shaka"),
        api.startSession(playableId, null, key),
      ]);
      this.#asking = null;
      this.#session = session;
      if (this.#gone) return this.#leave();
      const player = newPlayer();
      this.#player = player;
      await player.attach(this.#video);
      player.configure({
        restrictions: { maxHeight: Math.min(MAX_HEIGHT, session.max_height ?? MAX_HEIGHT) },
      });
      player.addEventListener("error", () => this.#over());
      await player.load(session.manifests.dash);
      if (!this.#gone) this.move(this.#moving);
    } catch {
      this.#over();
    }
  }

  /** Play on, or stand still without asking anybody for anything. */
  move(moving: boolean): void {
    this.#moving = moving;
    clearInterval(this.#beat);
    const session = this.#session;
    if (!session || !this.#player) return;
    if (moving) {
      this.#beat = setInterval(() => void this.#renew(session), session.heartbeat_interval * 1_000);
      this.#video.play().catch((error: DOMException) => {
        // Standing still again before it began is no refusal.
        if (error.name !== "AbortError") this.#over();
      });
    } else {
      this.#video.pause();
    }
  }

  dispose(): void {
    this.#listening.abort();
    clearInterval(this.#beat);
    if (this.#asking) api.leaveStart(this.#asking);
    this.#leave();
    void this.#player?.destroy();
  }

  get #gone(): boolean {
    return this.#listening.signal.aborted;
  }

  #leave(): void {
    if (this.#session) api.leave(this.#session.session_id, this.#video.currentTime);
    this.#session = null;
  }

  async #renew(session: PlaySession): Promise<void> {
    this.#seq += 1;
    const { fencing } = session;
    const position = this.#video.currentTime;
    const body = { seq: this.#seq, fencing, position, state: "playing" } as const;
    // The lease outlives a beat that is lost; one that is refused ends what it was for.
    const refused = await api.heartbeat(session.session_id, body).then(
      () => false,
      (error: { status?: number }) => error.status === 410,
    );
    if (refused) this.#over();
  }

  #over(): void {
    if (this.#gone) return;
    this.#events.onShown(false);
    this.#events.onOver();
  }
}
