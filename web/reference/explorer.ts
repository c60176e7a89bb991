// What this page uses of the OpenAPI Explorer, a custom element whose package brings no types.

/** An operation as the explorer has read it; `elementId` is its place on the page and in the address. */
export interface Operation {
  elementId: string;
  method: string;
  path: string;
  summary: string;
}

export interface Tried {
  request: { method: string; url: string };
  response?: { status: number; body: unknown };
}

interface Events {
  "spec-loaded": CustomEvent<{ tags: { name: string; paths: Operation[] }[] }>;
  response: CustomEvent<Tried>;
}

export interface Explorer extends Omit<HTMLElement, "scrollTo" | "addEventListener"> {
  scrollTo(elementId: string): Promise<void>;
  setAuthenticationConfiguration(scheme: string, secret: { token: string }): Promise<void>;
  addEventListener<K extends keyof Events>(type: K, listener: (event: Events[K]) => void): void;
}

/** The element of the page that a selector names; the page's own, so it is there. */
export function element<E = HTMLElement>(selector: string): E {
  const found = document.querySelector(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found as E;
}
