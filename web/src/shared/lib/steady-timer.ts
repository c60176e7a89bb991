// `setTimeout` that keeps its time in a hidden tab, by a worker; the page's own timer where no worker can be had.

let worker: Worker | null | undefined;
let last = 0;
const waiting = new Map<number, () => void>();

function timers(): Worker | null {
  if (worker !== undefined) return worker;
  try {
    worker = new Worker(new URL("./timer.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<number>) => ring(data);
    worker.onerror = fallBack;
  } catch {
    worker = null;
  }
  return worker;
}

function ring(id: number): void {
  const act = waiting.get(id);
  waiting.delete(id);
  act?.();
}

/** The worker could not be loaded: what it was to do is done late rather than never. */
function fallBack(): void {
  worker = null;
  for (const id of [...waiting.keys()]) ring(id);
}

/** Run `act` after `ms` milliseconds; the answer takes that back. */
export function after(ms: number, act: () => void): () => void {
  const steady = timers();
  if (!steady) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  }
  last += 1;
  const id = last;
  waiting.set(id, act);
  steady.postMessage({ id, ms });
  return () => {
    if (waiting.delete(id)) worker?.postMessage({ id, ms: null });
  };
}
