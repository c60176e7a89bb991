// A screen in a chunk of its own: fetched ahead where it can be, and not lost where it cannot.
import type { AsyncRouteComponent } from "@tanstack/react-router";
import { type ComponentType, createElement, use } from "react";
import { OFFLINE, Problem } from "@/shared/api/problems";
import { reach } from "@/shared/api/reach";
import { tab } from "@/shared/lib/storage";

export interface ChunkParts {
  /** Whether Bijou can be reached. */
  look: () => Promise<boolean>;
  /** The page anew, from a server that can be reached. */
  reload: () => void;
  storage: Pick<Storage, "getItem" | "setItem">;
  now: () => number;
}

const RELOADED_KEY = "bijou.reloaded";
/** A reload that has not helped is not tried again within this time. Milliseconds. */
const APART = 60_000;

export class Chunk<Props> {
  #fetch: () => Promise<ComponentType<Props>>;
  #parts: ChunkParts;
  #coming: Promise<ComponentType<Props>> | null = null;
  #shown: Promise<ComponentType<Props>> | null = null;

  constructor(fetch: () => Promise<ComponentType<Props>>, parts: ChunkParts) {
    this.#fetch = fetch;
    this.#parts = parts;
  }

  /** Fetch ahead. Failing at that is nothing yet: whoever needs the screen asks again. */
  preload = async (): Promise<void> => {
    await this.#fetched().then(
      (component) => {
        this.#shown = had(component);
      },
      () => undefined,
    );
  };

  /** The screen that is needed now. Its failure is kept, so that it can be drawn, until `retry`. */
  needed(): Promise<ComponentType<Props>> {
    this.#shown ??= this.#fetched().catch((error: unknown) => this.#without(error));
    return this.#shown;
  }

  /** Let go of a failure: the next look at the screen fetches it again. */
  retry(): void {
    const shown = this.#shown;
    shown?.catch(() => {
      if (this.#shown === shown) this.#shown = null;
    });
  }

  #fetched(): Promise<ComponentType<Props>> {
    this.#coming ??= this.#fetch().catch((error: unknown) => {
      this.#coming = null;
      throw error;
    });
    return this.#coming;
  }

  /** Out of reach, that is said. Within reach, a newer release has put another chunk in its place: the page is behind. */
  async #without(error: unknown): Promise<never> {
    const { look, reload, storage, now } = this.#parts;
    if (!(await look())) throw new Problem({ status: 0, code: OFFLINE, detail: "", retryable: true });
    const last = Number(storage.getItem(RELOADED_KEY) ?? Number.NEGATIVE_INFINITY);
    if (now() - last < APART) throw error;
    storage.setItem(RELOADED_KEY, String(now()));
    reload();
    return new Promise(() => {});
  }
}

/** A promise that React need not wait for: a page that is drawn at once is as high as it was, for who comes back to a place in it. */
function had<T>(value: T): Promise<T> {
  return Object.assign(Promise.resolve(value), { status: "fulfilled", value });
}

const chunks: Chunk<object>[] = [];

/** The component of a route: `name` of what `load` imports. */
export function screen<Name extends string, Props extends object>(
  load: () => Promise<Record<Name, ComponentType<Props>>>,
  name: Name,
): AsyncRouteComponent<Props> {
  const chunk = new Chunk<Props>(async () => (await load())[name], {
    look: reach.look,
    reload: () => location.reload(),
    storage: tab,
    now: () => Date.now(),
  });
  chunks.push(chunk as unknown as Chunk<object>);
  const Screen = (props: Props) => createElement(use(chunk.needed()), props);
  return Object.assign(Screen, { preload: chunk.preload }) as AsyncRouteComponent<Props>;
}

/** Let go of every failure to fetch a screen. */
export function retryScreens(): void {
  for (const chunk of chunks) chunk.retry();
}

/** Fetch every screen, one after the other, while there is nothing else to do. */
export async function loadWhenIdle(): Promise<void> {
  for (const chunk of chunks) {
    await idle();
    await chunk.preload();
  }
}

function idle(): Promise<unknown> {
  // Safari has no such callback.
  return new Promise((done) =>
    "requestIdleCallback" in globalThis ? requestIdleCallback(done) : setTimeout(done, 500),
  );
}
