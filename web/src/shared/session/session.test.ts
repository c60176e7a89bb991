import { describe, expect, it, vi } from "vitest";
import {
  claims,
  inTurn,
  REFRESH_KEY,
  Session,
  type SessionParts,
  SignedOut,
  type TokenAnswer,
} from "./session";

function memory(initial: Record<string, string> = {}) {
  const map = new Map(Object.entries(initial));
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  };
}

function jwt(body: Record<string, unknown>): string {
  return `h.${Buffer.from(JSON.stringify(body)).toString("base64url")}.s`;
}

function lock() {
  let tail: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const turn = tail.then(work, work);
    tail = turn.catch(() => undefined);
    return turn;
  };
}

function make(parts: Partial<SessionParts> = {}) {
  const storage = memory({ [REFRESH_KEY]: "r1" });
  let serial = 1;
  const renew = vi.fn(async (_: string): Promise<TokenAnswer> => {
    serial += 1;
    return { access_token: jwt({ n: serial, pid: "p1" }), refresh_token: `r${serial}`, expires_in: 600 };
  });
  const tell = vi.fn();
  const all = { storage, renew, tell, exclusively: lock(), now: () => 1_000_000, ...parts };
  return { session: new Session(all), storage, renew, tell };
}

describe("Session", () => {
  it("renews once for any number of callers", async () => {
    const { session, renew } = make();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => session.access()));
    expect(new Set(tokens).size).toBe(1);
    expect(renew).toHaveBeenCalledTimes(1);
    expect(renew).toHaveBeenCalledWith("r1");
  });

  it("keeps the rotated refresh token and tells the other tabs", async () => {
    const { session, storage, tell } = make();
    const access = await session.access();
    expect(storage.getItem(REFRESH_KEY)).toBe("r2");
    expect(tell).toHaveBeenCalledWith(expect.objectContaining({ kind: "tokens", access }));
    expect(session.view()).toEqual({ signedIn: true, profileId: "p1", holder: false, kids: false });
  });

  it("knows whose business plan and account are", () => {
    const { session } = make();
    const holds = (claims: Record<string, unknown>) => {
      session.adopt({ access_token: jwt(claims), expires_in: 600 });
      return session.view().holder;
    };
    expect(holds({ pid: "p1", mat: 18, kids: false })).toBe(true);
    expect(holds({ pid: "p1", mat: 16, kids: false })).toBe(false);
    expect(holds({ pid: "p1", mat: 18, kids: true })).toBe(false);
    expect(holds({ pid: "p1" })).toBe(false);
  });

  it("goes on as who was here last where nobody can be asked, and knows nobody once signed out", async () => {
    const first = make();
    first.session.adopt({ access_token: jwt({ sub: "a1", pid: "p1", mat: 6, kids: true }), expires_in: 600 });
    const offline = async () => Promise.reject({ status: 0 });
    const { session } = make({ storage: first.storage, renew: offline });
    expect(session.owner).toBe(first.session.owner);
    expect(session.view().profileId).toBeNull();
    await expect(session.access()).rejects.toEqual({ status: 0 });
    expect(session.assume()).toBe(true);
    expect(session.view()).toEqual({ signedIn: true, profileId: "p1", holder: false, kids: true });
    session.clear(true);
    expect([session.owner, session.assume()]).toEqual([null, false]);
    expect(make({ storage: first.storage }).session.assume()).toBe(false);
  });

  it("is another viewer's with another profile, and with another age", () => {
    const { session } = make();
    const owns = (claims: Record<string, unknown>) => {
      session.adopt({ access_token: jwt({ sub: "a1", ...claims }), expires_in: 600 });
      return session.owner;
    };
    const seen = [
      { pid: "p1", mat: 18 },
      { pid: "p2", mat: 18 },
      { pid: "p1", mat: 12 },
      { pid: "p1", mat: 12, kids: true },
    ];
    expect(new Set(seen.map(owns)).size).toBe(seen.length);
    expect(owns({})).toBeNull();
  });

  it("keeps what this browser proves itself with, also when signed out", () => {
    const { session } = make();
    expect(session.device).toEqual({});
    session.adopt({
      access_token: jwt({ did: "d1" }),
      refresh_token: "r9",
      device_secret: "s1",
      expires_in: 600,
    });
    session.clear(true);
    expect(session.device).toEqual({ id: "d1", secret: "s1" });
  });

  it("uses a token heard from another tab instead of renewing its own", async () => {
    const exclusively = lock();
    const { session, renew } = make({ exclusively });
    const other = jwt({ n: 99 });
    let release = () => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    void exclusively(() => held);
    const waiting = session.renewed(null);
    session.hear({ kind: "tokens", access: other, expiresAt: 9_000_000 });
    release();
    expect(await waiting).toBe(other);
    expect(renew).not.toHaveBeenCalled();
  });

  it("does not renew again when the refused token is already replaced", async () => {
    const { session, renew } = make();
    const first = await session.access();
    const second = await session.renewed(first);
    expect(second).not.toBe(first);
    expect(await session.renewed(first)).toBe(second);
    expect(renew).toHaveBeenCalledTimes(2);
  });

  it("renews before the end of the token", async () => {
    let now = 0;
    const { session, renew } = make({ now: () => now });
    await session.access();
    now = 570_000;
    await session.access();
    expect(renew).toHaveBeenCalledTimes(1);
    now = 590_000;
    await session.access();
    expect(renew).toHaveBeenCalledTimes(2);
  });

  it("signs out when the refresh token is refused", async () => {
    const { session, storage, tell } = make({ renew: async () => Promise.reject({ status: 401 }) });
    await expect(session.access()).rejects.toBeInstanceOf(SignedOut);
    expect(storage.getItem(REFRESH_KEY)).toBeNull();
    expect(session.view().signedIn).toBe(false);
    expect(tell).toHaveBeenCalledWith({ kind: "signed-out" });
  });

  it("stays signed in while the server cannot be reached", async () => {
    const { session, storage } = make({ renew: async () => Promise.reject({ status: 503 }) });
    await expect(session.access()).rejects.toEqual({ status: 503 });
    expect(storage.getItem(REFRESH_KEY)).toBe("r1");
    expect(session.view().signedIn).toBe(true);
  });

  it("follows the winner when it lost a race without locks", async () => {
    const storage = memory({ [REFRESH_KEY]: "r1" });
    const renew = vi.fn(async (token: string): Promise<TokenAnswer> => {
      if (token === "r1") {
        storage.setItem(REFRESH_KEY, "r7");
        throw { status: 401 };
      }
      return { access_token: jwt({}), refresh_token: "r8", expires_in: 600 };
    });
    const { session } = make({ storage, renew, exclusively: (work) => work() });
    await session.access();
    expect(storage.getItem(REFRESH_KEY)).toBe("r8");
  });
});

describe("claims", () => {
  it("reads UTF-8 names and survives rubbish", () => {
    expect(claims(jwt({ name: "Zoë" }))).toEqual({ name: "Zoë" });
    expect(claims("rubbish")).toEqual({});
  });
});

describe("a turn among the tabs", () => {
  const refusing = { request: async () => Promise.reject(new DOMException("denied", "SecurityError")) };
  const granting = { request: async (_: string, work: () => Promise<unknown>) => work() };

  it.each([
    ["no locks", undefined],
    ["locks that are refused with blocked storage", refusing],
    ["locks", granting],
  ])("is had once with %s", async (_, locks) => {
    const work = vi.fn(async () => "done");
    expect(await inTurn(work, locks as LockManager | undefined)).toBe("done");
    expect(work).toHaveBeenCalledOnce();
  });

  it("is not taken twice by work that fails in it", async () => {
    const work = vi.fn(async () => Promise.reject(new Error("offline")));
    await expect(inTurn(work, granting as LockManager)).rejects.toThrow("offline");
    expect(work).toHaveBeenCalledOnce();
  });
});
