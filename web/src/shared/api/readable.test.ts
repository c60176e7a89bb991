import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it, vi } from "vitest";
import type { Answer } from "./kept";
import { OFFLINE, Problem } from "./problems";
import { type ReadableParts, readable } from "./readable";

const offline = new Problem({ status: 0, code: OFFLINE, detail: "" });
const HOUR = 3_600_000;

function make(parts: Partial<ReadableParts> = {}) {
  const answers = new Map<string, Answer>();
  const all = {
    kept: {
      put: vi.fn(async (answer: Answer) => void answers.set(answer.hash, answer)),
      get: vi.fn(async (owner: string, hash: string) => {
        const found = answers.get(hash);
        return found?.owner === owner ? found : undefined;
      }),
    },
    owner: () => "a/p1",
    there: () => true,
    look: async () => false,
    now: () => Date.now() - HOUR,
    ...parts,
  };
  const persister = readable(all) as never;
  const client = () => new QueryClient({ defaultOptions: { queries: { persister, retry: false } } });
  return { ...all, client };
}

const read = (client: QueryClient, key: readonly unknown[], queryFn: () => Promise<unknown>) =>
  client.fetchQuery({ queryKey: key, queryFn });
const away = () => Promise.reject(offline);

describe("what can be read again", () => {
  it("is what was last read, as old as it is", async () => {
    const { client } = make();
    await read(client(), ["home"], async () => "rows");
    const later = client();
    expect(await read(later, ["home"], away)).toBe("rows");
    await vi.waitFor(() => {
      const age = Date.now() - (later.getQueryState(["home"])?.dataUpdatedAt ?? 0);
      expect(age).toBeGreaterThanOrEqual(HOUR);
    });
  });

  it("is not waited for where Bijou is known to be away", async () => {
    const { client } = make({ there: () => false });
    const ask = vi.fn(async () => "rows");
    await read(client(), ["home"], ask);
    expect(await read(client(), ["home"], ask)).toBe("rows");
    expect(ask).toHaveBeenCalledOnce();
  });

  it("is nothing of another viewer's", async () => {
    let owner: string | null = "a/p1";
    const { client } = make({ owner: () => owner });
    await read(client(), ["home"], async () => "a grown-up's rows");
    for (owner of ["a/p2", null]) await expect(read(client(), ["home"], away)).rejects.toBe(offline);
  });

  it("is nothing that came when its viewer had left", async () => {
    let owner: string | null = "a/p1";
    const { client, kept } = make({ owner: () => owner });
    await read(client(), ["home"], async () => {
      owner = "a/p2";
      return "rows";
    });
    expect(kept.put).not.toHaveBeenCalled();
  });

  it.each([["subscription"], ["me"], ["plans"], ["taste"], ["flags"], ["moderation"]])(
    "is not %s",
    async (word) => {
      const { client, kept } = make();
      await read(client(), [word], async () => "private");
      expect(kept.put).not.toHaveBeenCalled();
      await expect(read(client(), [word], away)).rejects.toBe(offline);
      expect(kept.get).not.toHaveBeenCalled();
    },
  );

  it("is not shown for what a service refuses, nor while Bijou can be reached", async () => {
    const refused = new Problem({ status: 404, code: "title_not_found", detail: "" });
    const { client } = make();
    await read(client(), ["title", "1"], async () => "a title");
    await expect(read(client(), ["title", "1"], () => Promise.reject(refused))).rejects.toBe(refused);
    const reached = make({ look: async () => true });
    await read(reached.client(), ["title", "1"], async () => "a title");
    await expect(read(reached.client(), ["title", "1"], away)).rejects.toBe(offline);
  });

  it("takes no place of what is on screen", async () => {
    const { client } = make();
    const here = client();
    await read(here, ["home"], async () => "old");
    here.setQueryData(["home"], "on screen");
    await expect(read(here, ["home"], away)).rejects.toBe(offline);
    expect(here.getQueryData(["home"])).toBe("on screen");
  });
});
