import { expect, it } from "vitest";
import { eventsOf } from "./stream";

function body(...pieces: string[]): ReadableStream<Uint8Array> {
  const bytes = pieces.map((piece) => new TextEncoder().encode(piece));
  return new ReadableStream({
    pull(controller) {
      const next = bytes.shift();
      if (next) controller.enqueue(next);
      else controller.close();
    },
  });
}

async function read(stream: ReadableStream<Uint8Array>): Promise<string[]> {
  const found: string[] = [];
  for await (const data of eventsOf(stream)) found.push(data);
  return found;
}

it("reads events wherever the network cuts them", async () => {
  const whole =
    'retry: 2000\n\nid: 1\nevent: playback\ndata: {"a":"\u00fc"}\n\n: still here\n\ndata: two\ndata:lines\n\n';
  const expected = ['{"a":"\u00fc"}', "two\nlines"];
  expect(await read(body(whole))).toEqual(expected);
  expect(await read(body(...whole))).toEqual(expected);
  const bytes = new TextEncoder().encode(whole);
  const halves = new ReadableStream<Uint8Array>({
    start(controller) {
      // In the middle of a letter of two bytes.
      const cut = bytes.indexOf(0xc3) + 1;
      controller.enqueue(bytes.slice(0, cut));
      controller.enqueue(bytes.slice(cut));
      controller.close();
    },
  });
  expect(await read(halves)).toEqual(expected);
});

it("leaves out what was not finished", async () => {
  expect(await read(body("data: whole\n\ndata: ha"))).toEqual(["whole"]);
});
