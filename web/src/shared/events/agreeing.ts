// What a profile agreed to is its account's to know, so that every device hears the same; this device keeps a copy, and what it
// could not say yet.
import { agree, agreed, answered } from "./consent";
import type { Agreed } from "./kinds";

export interface Account {
  read(profileId: string): Promise<{ consents: Agreed[]; answered_at: string | null }>;
  answer(profileId: string, what: readonly Agreed[]): Promise<unknown>;
}

interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The profiles of this device whose last word their account has not heard, one key each. */
const UNSAID = "bijou.consents.unsaid";
const unsaid = (profileId: string) => `${UNSAID}.${profileId}`;

export class Agreeing {
  readonly #account: Account;
  readonly #storage: Storage;
  /** How often a profile said something here, and the telling of it: one at a time, so that the last word is the last to arrive. */
  #said = new Map<string, number>();
  #telling: Promise<unknown> = Promise.resolve();

  constructor(account: Account, storage: Storage) {
    this.#account = account;
    this.#storage = storage;
  }

  /** It holds here at once; the account hears of it now, or when it is next asked. */
  async say(profileId: string, what: readonly Agreed[]): Promise<void> {
    agree(profileId, what);
    const said = (this.#said.get(profileId) ?? 0) + 1;
    this.#said.set(profileId, said);
    this.#storage.setItem(unsaid(profileId), "yes");
    const before = this.#telling.catch(() => undefined);
    this.#telling = before.then(() => this.#account.answer(profileId, what));
    await this.#telling;
    if (said === this.#said.get(profileId)) {
      this.#storage.removeItem(unsaid(profileId));
      if (this.#storage.getItem(UNSAID) === profileId) this.#storage.removeItem(UNSAID);
    }
  }

  /** Whether the account has heard what was said here; told once more where it has not. What it does not know of is not kept. */
  async heard(profileId: string): Promise<boolean> {
    await this.#telling.catch(() => undefined);
    if (!this.#isUnsaid(profileId)) return true;
    return this.say(profileId, agreed(profileId)).then(
      () => true,
      () => false,
    );
  }

  /** Say what is still unsaid; else learn what was said elsewhere. What was agreed to here before accounts knew of it goes there. */
  async learn(profileId: string): Promise<void> {
    if (this.#isUnsaid(profileId)) return this.say(profileId, agreed(profileId));
    const said = this.#said.get(profileId);
    const known = await this.#account.read(profileId);
    // Whoever chose meanwhile knows better than what was read before.
    if (said !== this.#said.get(profileId)) return;
    if (known.answered_at !== null) agree(profileId, known.consents);
    else if (answered(profileId)) await this.say(profileId, agreed(profileId));
  }

  #isUnsaid(profileId: string): boolean {
    // Before, one profile's name was all that was kept.
    return this.#storage.getItem(unsaid(profileId)) !== null || this.#storage.getItem(UNSAID) === profileId;
  }
}
