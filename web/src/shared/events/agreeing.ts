// What a profile agreed to is its account's to know, so that every device hears the same; this device keeps a copy, and what it
// could not say yet.
import { agree, agreed, answered } from "./consent";
import type { Agreed } from "./kinds";

export interface Account {
  read(): Promise<{ consents: Agreed[]; answered_at: string | null }>;
  answer(what: readonly Agreed[]): Promise<unknown>;
}

interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const UNSAID = "bijou.consents.unsaid";

export class Agreeing {
  readonly #account: Account;
  readonly #storage: Storage;
  /** How often something was said here, and the telling of it: one at a time, so that the last word is the last to arrive. */
  #said = 0;
  #telling: Promise<unknown> = Promise.resolve();

  constructor(account: Account, storage: Storage) {
    this.#account = account;
    this.#storage = storage;
  }

  /** It holds here at once; the account hears of it now, or when it is next asked. */
  async say(profileId: string, what: readonly Agreed[]): Promise<void> {
    agree(profileId, what);
    this.#said += 1;
    const said = this.#said;
    this.#storage.setItem(UNSAID, profileId);
    const before = this.#telling.catch(() => undefined);
    this.#telling = before.then(() => this.#account.answer(what));
    await this.#telling;
    if (said === this.#said) this.#storage.removeItem(UNSAID);
  }

  /** Whether the account has heard what was said here; told once more where it has not. What it does not know of is not kept. */
  async heard(profileId: string): Promise<boolean> {
    await this.#telling.catch(() => undefined);
    if (this.#storage.getItem(UNSAID) !== profileId) return true;
    return this.say(profileId, agreed(profileId)).then(
      () => true,
      () => false,
    );
  }

  /** Say what is still unsaid; else learn what was said elsewhere. What was agreed to here before accounts knew of it goes there. */
  async learn(profileId: string): Promise<void> {
    if (this.#storage.getItem(UNSAID) === profileId) return this.say(profileId, agreed(profileId));
    const said = this.#said;
    const known = await this.#account.read();
    // Whoever chose meanwhile knows better than what was read before.
    if (said !== this.#said) return;
    if (known.answered_at !== null) agree(profileId, known.consents);
    else if (answered(profileId)) await this.say(profileId, agreed(profileId));
  }
}
