// What the pages and their service worker say to one another.

export type Told =
  /** Delete every picture that was seen: somebody else watches now. */
  | { kind: "forget" }
  /** Whether that worker is of the release that this file belongs to; answered with a boolean. */
  | { kind: "carries"; file: string };

/** Tell the worker to delete the pictures; where there is none, nothing was kept. */
export function forgetPictures(): void {
  const message: Told = { kind: "forget" };
  void navigator.serviceWorker?.getRegistration().then(
    (registration) => registration?.active?.postMessage(message),
    () => undefined,
  );
}
