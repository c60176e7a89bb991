import { expect, it } from "vitest";
import { eventId } from "./event-id";
import type { Queued } from "./kinds";
import { Queue } from "./queue";
import { type Batch, type Outcome, Sender } from "./sender";

const event = (profileId = "ada", daysAgo = 0): Queued => ({
  profileId,
  said: {
    id: eventId(),
    at: new Date(Date.now() - daysAgo * 86_400_000).toISOString(),
    type: "error",
    code: "x",
    message: "",
    fatal: false,
  },
});

function sender(answers: Outcome[]) {
  const sent: Batch[] = [];
  const last: Batch[] = [];
  const timers: number[] = [];
  let profileId: string | null = "ada";
  const made = new Sender({
    queue: new Queue(),
    profileId: () => profileId,
    send: async (batch) => {
      sent.push(batch);
      return answers.shift() ?? "judged";
    },
    sendLast: (batch) => last.push(batch),
    after: (milliseconds) => timers.push(milliseconds),
  });
  return { made, sent, last, timers, as: (profile: string | null) => (profileId = profile) };
}

const ids = (batch: Batch | undefined) => batch?.said.map(({ id }) => id);

it("sends what was told in its order, in batches, once", async () => {
  const { made, sent } = sender([]);
  const events = Array.from({ length: 120 }, () => event());
  for (const each of events) await made.tell(each);
  await made.flush();
  await made.flush();
  expect(sent.map(({ said }) => said.length)).toEqual([50, 50, 20]);
  expect(sent.flatMap((batch) => ids(batch) ?? [])).toEqual(events.map(({ said }) => said.id));
});

it("keeps what nobody answered for, with its ids, and waits longer each time", async () => {
  const { made, sent, timers } = sender(["later", "later", "judged"]);
  const told = event();
  await made.tell(told);
  for (let tries = 0; tries < 3; tries++) {
    await made.flush();
    timers.splice(0);
  }
  await made.flush();
  expect(sent.map(ids)).toEqual([[told.said.id], [told.said.id], [told.said.id]]);
});

it("lets go of a batch that is refused for what it is", async () => {
  const { made, sent } = sender(["refused"]);
  await made.tell(event());
  await made.flush();
  const next = event();
  await made.tell(next);
  await made.flush();
  expect(ids(sent[1])).toEqual([next.said.id]);
});

it("sends a profile's events as that profile alone", async () => {
  const { made, sent, as } = sender([]);
  await made.tell(event("ada"));
  as("bob");
  await made.flush();
  expect(sent).toEqual([]);
  as(null);
  await made.flush();
  as("ada");
  await made.flush();
  expect(sent.map(({ profileId }) => profileId)).toEqual(["ada"]);
});

it("stops with the batch during which somebody else came to watch, and keeps the rest", async () => {
  const sent: Batch[] = [];
  let profileId = "ada";
  const made = new Sender({
    queue: new Queue(),
    profileId: () => profileId,
    send: async (batch) => {
      sent.push(batch);
      if (sent.length === 1) profileId = "bob";
      return "judged";
    },
    sendLast: () => undefined,
    after: () => undefined,
  });
  for (let told = 0; told < 120; told++) await made.tell(event("ada"));
  await made.tell(event("bob"));
  await made.flush();
  await made.flush();
  profileId = "ada";
  await made.flush();
  expect(sent.map(({ profileId: whose, said }) => [whose, said.length])).toEqual([
    ["ada", 50],
    ["bob", 1],
    ["ada", 50],
    ["ada", 20],
  ]);
});

it("lets go of what nobody would take any more, whoever told it", async () => {
  const { made, sent, as } = sender([]);
  await made.tell(event("ada", 8));
  await made.tell(event("ada", 6));
  as("bob");
  await made.flush();
  as("ada");
  await made.flush();
  expect(sent.map(({ said }) => said.length)).toEqual([1]);
});

it("says the last words of a page without an answer, and goes on keeping them", async () => {
  const { made, sent, last } = sender([]);
  const told = event();
  await made.tell(told);
  made.leave();
  expect(last.map(ids)).toEqual([[told.said.id]]);
  await made.flush();
  expect(sent.map(ids)).toEqual([[told.said.id]]);
  made.leave();
  expect(last.length).toBe(1);
});

it("sends at once what is told after the last words, until the page is back", async () => {
  const { made, last } = sender([]);
  made.leave(true);
  const late = event();
  await made.tell(late);
  expect(last.map(ids)).toEqual([[late.said.id]]);
  made.back();
  await made.tell(event());
  expect(last.length).toBe(1);
});
