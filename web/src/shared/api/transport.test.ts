import { beforeEach, describe, expect, it, vi } from "vitest";
import { session } from "@/shared/session/auth";
import { AnotherProfile, transport, transportAs } from "./transport";

vi.mock("@/shared/session/auth", () => ({
  session: { access: vi.fn(), renewed: vi.fn(), clear: vi.fn() },
}));

const refused = (code: string) => new Response(JSON.stringify({ status: 401, code }), { status: 401 });
const sent = vi.fn<(request: Request, init?: RequestInit) => Promise<Response>>();

beforeEach(() => {
  vi.resetAllMocks();
  vi.stubGlobal("fetch", sent);
  vi.mocked(session.access).mockResolvedValue("old");
  vi.mocked(session.renewed).mockResolvedValue("new");
});

const ask = () => transport(new Request("http://bijou.test/api/v1/home"));
const tokens = () => sent.mock.calls.map(([request]) => request.headers.get("authorization"));

describe("a request whose token is out of date", () => {
  it("is sent again once with a fresh one", async () => {
    sent.mockResolvedValueOnce(refused("token_outdated")).mockResolvedValueOnce(new Response("{}"));
    expect((await ask()).status).toBe(200);
    expect(tokens()).toEqual(["Bearer old", "Bearer new"]);
    expect(session.renewed).toHaveBeenCalledExactlyOnceWith("old");
  });

  it("is not sent for ever, nor signs anybody out", async () => {
    sent.mockImplementation(async () => refused("token_outdated"));
    await expect(ask()).rejects.toMatchObject({ code: "token_outdated" });
    expect(sent).toHaveBeenCalledTimes(2);
    expect(session.renewed).toHaveBeenCalledTimes(1);
    expect(session.clear).not.toHaveBeenCalled();
  });

  it("ends the sign-in where the fresh one is refused as such", async () => {
    sent.mockImplementation(async () => refused("invalid_token"));
    await expect(ask()).rejects.toMatchObject({ code: "invalid_token" });
    expect(session.clear).toHaveBeenCalledTimes(1);
  });
});

describe("a request in one profile's name", () => {
  const token = (pid: string) => `h.${btoa(JSON.stringify({ pid }))}.s`;
  const tell = () =>
    transportAs("ada")(new Request("http://bijou.test/api/v1/events", { method: "POST", body: "{}" }));

  it("is sent with that profile's token alone", async () => {
    vi.mocked(session.access).mockResolvedValueOnce(token("ada")).mockResolvedValueOnce(token("bob"));
    sent.mockResolvedValueOnce(new Response("{}"));
    await tell();
    await expect(tell()).rejects.toBeInstanceOf(AnotherProfile);
    expect(tokens()).toEqual([`Bearer ${token("ada")}`]);
  });

  it("is not sent again with the fresh token of another", async () => {
    vi.mocked(session.access).mockResolvedValue(token("ada"));
    vi.mocked(session.renewed).mockResolvedValue(token("bob"));
    sent.mockResolvedValueOnce(refused("token_outdated"));
    await expect(tell()).rejects.toBeInstanceOf(AnotherProfile);
    expect(tokens()).toEqual([`Bearer ${token("ada")}`]);
  });
});

describe("a read that nobody waits for any more", () => {
  it("is given up, and is no failure of the network", async () => {
    const asking = new AbortController();
    sent.mockImplementation(
      (_, { signal } = {}) =>
        new Promise((_done, fail) => signal?.addEventListener("abort", () => fail(signal.reason))),
    );
    const answer = transport(
      new Request("http://bijou.test/api/v1/search/suggest", { signal: asking.signal }),
    );
    await vi.waitFor(() => expect(sent).toHaveBeenCalledTimes(1));
    asking.abort();
    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    // Not even a look at whether Bijou can be reached.
    expect(sent).toHaveBeenCalledTimes(1);
  });
});
