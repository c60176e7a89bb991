// Events that wait to be sent: in the browser's database, in their order, through reloads and days without a network.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Queued } from "./kinds";

interface Schema extends DBSchema {
  events: { key: number; value: Queued };
}

/** An event with its place in the queue. */
export interface Waiting extends Queued {
  place: number;
}

/** What is older is refused: it goes with whoever never comes back. Milliseconds. */
const OLDEST = 7 * 86_400_000;
/** With more than this waiting the oldest go: nobody's disk is filled with what may never be heard. */
const MOST = 2_000;

export class Queue {
  #name: string;
  #opened: Promise<IDBPDatabase<Schema> | null> | undefined;
  /** Where a browser keeps nothing for us, the page does. */
  #unkept: Waiting[] = [];
  #nextUnkept = 1;

  constructor(name = "bijou.events") {
    this.#name = name;
  }

  async add(event: Queued): Promise<void> {
    const db = await this.#db();
    if (!db) {
      this.#unkept = [...this.#unkept, { ...event, place: this.#nextUnkept++ }].slice(-MOST);
      return;
    }
    const work = db.transaction("events", "readwrite");
    await work.store.add(event);
    const over = (await work.store.count()) - MOST;
    if (over > 0) {
      let cursor = await work.store.openCursor();
      for (let gone = 0; cursor && gone < over; gone++) {
        await cursor.delete();
        cursor = await cursor.continue();
      }
    }
    await work.done;
  }

  /** The first events of a profile, at most so many, in their order. What is too old by then goes, whoever told it. */
  async first(profileId: string, most: number): Promise<Waiting[]> {
    const db = await this.#db();
    const found: Waiting[] = [];
    if (!db) {
      this.#unkept = this.#unkept.filter((each) => !isTooOld(each));
      return this.#unkept.filter((each) => each.profileId === profileId).slice(0, most);
    }
    let cursor = await db.transaction("events", "readwrite").store.openCursor();
    while (cursor && found.length < most) {
      if (isTooOld(cursor.value)) await cursor.delete();
      else if (cursor.value.profileId === profileId) found.push({ ...cursor.value, place: cursor.key });
      cursor = await cursor.continue();
    }
    return found;
  }

  /** Forget events that were judged. */
  async forget(places: readonly number[]): Promise<void> {
    const db = await this.#db();
    this.#unkept = this.#unkept.filter(({ place }) => !places.includes(place));
    if (!db) return;
    const work = db.transaction("events", "readwrite");
    await Promise.all([...places.map((place) => work.store.delete(place)), work.done]);
  }

  #db(): Promise<IDBPDatabase<Schema> | null> {
    this.#opened ??= opened(this.#name);
    return this.#opened;
  }
}

const isTooOld = ({ said }: Queued): boolean => Date.now() - Date.parse(said.at) > OLDEST;

/** Blocked storage refuses it, and so do private windows of some browsers. */
async function opened(name: string): Promise<IDBPDatabase<Schema> | null> {
  try {
    return await openDB<Schema>(name, 1, {
      upgrade: (db) => void db.createObjectStore("events", { autoIncrement: true }),
    });
  } catch {
    return null;
  }
}
