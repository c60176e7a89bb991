// Timers of a worker: a hidden page's own are held back to one a minute, these are not.
const running = new Map<number, ReturnType<typeof setTimeout>>();

self.onmessage = ({ data }: MessageEvent<{ id: number; ms: number | null }>) => {
  clearTimeout(running.get(data.id));
  running.delete(data.id);
  if (data.ms === null) return;
  running.set(
    data.id,
    setTimeout(() => {
      running.delete(data.id);
      self.postMessage(data.id);
    }, data.ms),
  );
};
