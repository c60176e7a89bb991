// What was last read, for when nothing can be: answers in the browser's database, of one viewer at a time.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

export interface Answer {
  /** The hash of the query's key. */
  hash: string;
  /** Whose it is: nobody else is ever shown it. */
  owner: string;
  /** When it came. Milliseconds since 1970. */
  at: number;
  key: readonly unknown[];
  data: unknown;
}

interface Schema extends DBSchema {
  answers: { key: string; value: Answer; indexes: { at: number } };
}

/** With more than these the oldest go. */
export const MOST = 150;
/** What is older is nothing to show. Milliseconds. */
export const LIFETIME = 7 * 24 * 3_600_000;

export class Kept {
  #name: string;
  #now: () => number;
  #opened: Promise<IDBPDatabase<Schema> | null> | undefined;

  constructor(name = "bijou.answers", now: () => number = Date.now) {
    this.#name = name;
    this.#now = now;
  }

  /** Keep an answer in the place of the one before. Where the browser has no room, nothing is kept. */
  async put(answer: Answer): Promise<void> {
    await this.#tried(async (db) => {
      const work = db.transaction("answers", "readwrite");
      await work.store.put(answer);
      let over = (await work.store.count()) - MOST;
      let cursor = await work.store.index("at").openCursor();
      while (cursor && (over > 0 || this.#old(cursor.value))) {
        await cursor.delete();
        over -= 1;
        cursor = await cursor.continue();
      }
      await work.done;
    });
  }

  async get(owner: string, hash: string): Promise<Answer | undefined> {
    const found = await this.#tried((db) => db.get("answers", hash));
    return found && found.owner === owner && !this.#old(found) ? found : undefined;
  }

  /** All of one viewer's answers whose key begins with one of these words. */
  async named(owner: string, words: ReadonlySet<unknown>): Promise<Answer[]> {
    const found = (await this.#tried((db) => db.getAll("answers"))) ?? [];
    return found.filter((answer) => answer.owner === owner && words.has(answer.key[0]) && !this.#old(answer));
  }

  async clear(): Promise<void> {
    await this.#tried((db) => db.clear("answers"));
  }

  #old({ at }: Answer): boolean {
    return this.#now() - at > LIFETIME;
  }

  async #tried<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T | undefined> {
    this.#opened ??= opened(this.#name);
    try {
      const db = await this.#opened;
      return db ? await work(db) : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Blocked storage refuses it, and so do private windows of some browsers. */
async function opened(name: string): Promise<IDBPDatabase<Schema> | null> {
  try {
    return await openDB<Schema>(name, 1, {
      upgrade: (db) => db.createObjectStore("answers", { keyPath: "hash" }).createIndex("at", "at"),
    });
  } catch {
    return null;
  }
}
