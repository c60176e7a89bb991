// Which release of the app this page is of, and that a newer one is there: kept up by the service worker.
import { Workbox } from "workbox-window";
import { reach } from "@/shared/api/reach";
import type { Told } from "@/shared/lib/worker";

/** A page may stay open for days: it asks by itself. Milliseconds. */
const AGAIN = 3_600_000;
/** A worker that does not answer is taken for another release's. Milliseconds. */
const ANSWERS_WITHIN = 3_000;

/** A page that asked for nothing for so long has come whole, and one that never rests is not waited for any longer. Milliseconds. */
const QUIET = 1_500;
const LONGEST = 20_000;

class Release {
  #newer = false;
  #listeners = new Set<() => void>();

  /** A stable snapshot for `useSyncExternalStore`: whether this page is of an older release than the edge has. */
  newer = (): boolean => this.#newer;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Install the worker, once, and hear of newer ones. */
  watch(): void {
    // The development server has none, and no browser has one off a secure origin.
    if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
    const worker = new Workbox("/sw.js");
    worker.addEventListener("waiting", ({ sw }) => void this.#met(worker, sw));
    // What the browser refuses (blocked storage, a private window) the app goes without.
    worker.register().catch(() => undefined);
    const look = () => reach.view() && void worker.update().catch(() => undefined);
    setInterval(look, AGAIN);
    reach.subscribe(look);
    document.addEventListener("visibilitychange", () => document.hidden || look());
  }

  /** A page that the edge has just sent is of its newest release, whose worker may take over at once. An older one says so. */
  async #met(worker: Workbox, waiting: ServiceWorker | undefined): Promise<void> {
    if (waiting && (await carries(waiting))) {
      // Chromium lets the worker of before go at once only if nothing is asked of it just then, and else after half a minute of rest.
      await quiet();
      worker.messageSkipWaiting();
      return;
    }
    this.#newer = true;
    for (const listener of this.#listeners) listener();
  }
}

/** Whether a worker is of the release that this page's first script belongs to. */
function carries(worker: ServiceWorker): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  // Whatever changes in a release changes the name of its first script.
  const script = document.querySelector<HTMLScriptElement>("script[type=module][src]");
  const message: Told = { kind: "carries", file: new URL(script?.src ?? "", location.href).pathname };
  return new Promise((done) => {
    setTimeout(() => done(false), ANSWERS_WITHIN);
    port1.onmessage = ({ data }) => done(data === true);
    worker.postMessage(message, [port2]);
  });
}

/** Until the page has asked for nothing for a while. */
function quiet(): Promise<void> {
  return new Promise((done) => {
    const rest = () => {
      clearTimeout(resting);
      clearTimeout(longest);
      asked.disconnect();
      done();
    };
    let resting = setTimeout(rest, QUIET);
    const longest = setTimeout(rest, LONGEST);
    const asked = new PerformanceObserver(() => {
      clearTimeout(resting);
      resting = setTimeout(rest, QUIET);
    });
    asked.observe({ type: "resource" });
  });
}

export const release = new Release();
