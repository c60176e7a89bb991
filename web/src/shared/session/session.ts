// Who is signed in, in this browser: the access token in memory, the refresh token in storage, one refresh at a time
// over every tab.

export interface TokenAnswer {
  access_token: string;
  refresh_token?: string;
  /** With a sign-in: what this browser proves itself with at the next one. */
  device_secret?: string;
  /** Seconds the access token is good for. */
  expires_in: number;
}

export interface SessionView {
  signedIn: boolean;
  profileId: string | null;
  /** The profile has no age limit: plan, account and what others watch are its business. */
  holder: boolean;
  /** The profile is a child's. */
  kids: boolean;
}

interface Viewer extends Omit<SessionView, "signedIn"> {
  account: string;
  maturity: number;
}

function viewerIn(text: string | null): Viewer | null {
  try {
    const found = JSON.parse(text ?? "null") as Partial<Viewer> | null;
    if (typeof found?.account !== "string") return null;
    return {
      account: found.account,
      maturity: Number(found.maturity),
      profileId: typeof found.profileId === "string" ? found.profileId : null,
      holder: found.holder === true,
      kids: found.kids === true,
    };
  } catch {
    return null;
  }
}

export interface SessionParts {
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** Trades a refresh token for a new pair. Rejects with `{status: 401}` when it is no longer good. */
  renew: (refreshToken: string) => Promise<TokenAnswer>;
  /** Runs `work` while no other tab runs its own. */
  exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  /** Tells the other tabs; they answer through `session.hear`. */
  tell: (message: TabMessage) => void;
  now: () => number;
}

export type TabMessage = { kind: "tokens"; access: string; expiresAt: number } | { kind: "signed-out" };

export const REFRESH_KEY = "bijou.refresh";
const DEVICE_KEY = "bijou.device";
/** Who watches here, as the last token said: what is known of it without a network. */
const VIEWER_KEY = "bijou.viewer";
const DEVICE_SECRET_KEY = "bijou.device.secret";
/** Renew this long before the token ends, so that no request leaves with a dying one. */
const MARGIN_MS = 20_000;
/** The highest age rating there is: a profile that may see it has no limit. */
const UNLIMITED = 18;

export class SignedOut extends Error {
  readonly status = 401;
}

/** Runs `work` while no other tab does. Without locks, which only secure contexts have and blocked storage refuses, at once. */
export async function inTurn<T>(work: () => Promise<T>, locks: LockManager | undefined): Promise<T> {
  if (!locks) return work();
  let begun = false;
  try {
    return await locks.request("bijou.session", () => {
      begun = true;
      return work();
    });
  } catch (error) {
    if (begun) throw error;
    return work(); // The session itself copes with losing a race.
  }
}

/** The claims of a JWT, unverified: the client only reads its own token. */
export function claims(token: string): Record<string, unknown> {
  try {
    const body = token.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(body.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export class Session {
  #parts: SessionParts;
  #access: string | null = null;
  #expiresAt = 0;
  #renewing: Promise<string> | null = null;
  #view: SessionView;
  #left = false;
  #viewer: Viewer | null;
  #listeners = new Set<() => void>();

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#view = {
      signedIn: parts.storage.getItem(REFRESH_KEY) !== null,
      profileId: null,
      holder: false,
      kids: false,
    };
    this.#viewer = this.#view.signedIn ? viewerIn(parts.storage.getItem(VIEWER_KEY)) : null;
  }

  /** Whose pages are read in this browser, and what they may see: also before a token has come, and when none can come. */
  get owner(): string | null {
    const { account, profileId, maturity, kids } = this.#viewer ?? {};
    return profileId ? [account, profileId, maturity, kids].join("/") : null;
  }

  /** Go on as who was here last, where nobody can be asked for a token. False where that is not known. */
  assume(): boolean {
    if (this.#access !== null) return true;
    if (!this.#viewer) return false;
    const { profileId, holder, kids } = this.#viewer;
    this.#publish({ signedIn: true, profileId, holder, kids });
    return true;
  }

  /** A stable snapshot for `useSyncExternalStore`. */
  view = (): SessionView => this.#view;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** What this browser was given as a device, to be recognised at the next sign-in; kept when signing out. */
  get device(): { id?: string; secret?: string } {
    const id = this.#parts.storage.getItem(DEVICE_KEY);
    const secret = this.#parts.storage.getItem(DEVICE_SECRET_KEY);
    return { ...(id ? { id } : {}), ...(id && secret ? { secret } : {}) };
  }

  /** Take a fresh answer of register, login, refresh or profile select. */
  adopt(answer: TokenAnswer): void {
    if (answer.refresh_token) this.#parts.storage.setItem(REFRESH_KEY, answer.refresh_token);
    if (answer.device_secret) this.#parts.storage.setItem(DEVICE_SECRET_KEY, answer.device_secret);
    const expiresAt = this.#parts.now() + answer.expires_in * 1000;
    this.#take(answer.access_token, expiresAt);
    this.#parts.tell({ kind: "tokens", access: answer.access_token, expiresAt });
  }

  /** A token that is good now, renewed first where needed. */
  async access(): Promise<string> {
    if (this.#access !== null && this.#expiresAt - MARGIN_MS > this.#parts.now()) return this.#access;
    return this.renewed(this.#access);
  }

  /** The present token without waiting: for requests sent while the page is going away. */
  accessNow(): string | null {
    return this.#access;
  }

  /** A token newer than `stale`, which the server refused. Callers at the same time share one refresh. */
  renewed(stale: string | null): Promise<string> {
    if (this.#access !== null && this.#access !== stale && this.#expiresAt > this.#parts.now()) {
      return Promise.resolve(this.#access);
    }
    this.#renewing ??= this.#parts
      .exclusively(() => this.#renewInTurn(stale))
      .finally(() => {
        this.#renewing = null;
      });
    return this.#renewing;
  }

  /** The viewer signed out here: there is no page to come back to. */
  get left(): boolean {
    return this.#left;
  }

  /** Forget everything here and in the other tabs. `left`: because the viewer said so. */
  clear(left = false): void {
    this.#left = left;
    this.#parts.storage.removeItem(REFRESH_KEY);
    this.#parts.tell({ kind: "signed-out" });
    this.#forget();
  }

  /** What another tab told. */
  hear(message: TabMessage): void {
    if (message.kind === "tokens") this.#take(message.access, message.expiresAt);
    else this.#forget();
  }

  async #renewInTurn(stale: string | null): Promise<string> {
    // Another tab may have renewed while this one waited for its turn.
    if (this.#access !== null && this.#access !== stale && this.#expiresAt > this.#parts.now())
      return this.#access;
    const token = this.#parts.storage.getItem(REFRESH_KEY);
    if (token === null) {
      this.#forget();
      throw new SignedOut();
    }
    try {
      const answer = await this.#parts.renew(token);
      this.adopt(answer);
      return answer.access_token;
    } catch (error) {
      const refused = (error as { status?: number } | null)?.status === 401;
      if (!refused) throw error; // Offline or a server error: still signed in.
      // A browser without locks can lose a race; the winner's token is in storage by now.
      const newer = this.#parts.storage.getItem(REFRESH_KEY);
      if (newer !== null && newer !== token) return this.#renewInTurn(stale);
      this.clear();
      throw new SignedOut();
    }
  }

  #take(access: string, expiresAt: number): void {
    this.#access = access;
    this.#expiresAt = expiresAt;
    this.#left = false;
    const { sub, pid, did, mat, kids } = claims(access);
    if (typeof did === "string") this.#parts.storage.setItem(DEVICE_KEY, did);
    const seen = {
      profileId: typeof pid === "string" ? pid : null,
      holder: Number(mat) >= UNLIMITED && kids !== true,
      kids: kids === true,
    };
    this.#viewer = { account: String(sub), maturity: Number(mat), ...seen };
    this.#parts.storage.setItem(VIEWER_KEY, JSON.stringify(this.#viewer));
    this.#publish({ signedIn: true, ...seen });
  }

  #forget(): void {
    this.#access = null;
    this.#expiresAt = 0;
    this.#viewer = null;
    this.#parts.storage.removeItem(VIEWER_KEY);
    this.#publish({ signedIn: false, profileId: null, holder: false, kids: false });
  }

  #publish(view: SessionView): void {
    const { signedIn, profileId, holder, kids } = this.#view;
    const same = view.signedIn === signedIn && view.profileId === profileId && view.holder === holder;
    if (same && view.kids === kids) return;
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }
}
