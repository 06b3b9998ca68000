import { expect, test } from "bun:test";
import { truncateSync } from "node:fs";
import { FuryStreamClient } from "../../src/fury/fury-stream.ts";
import { ShowStream } from "../../src/stream/show-stream.ts";
import { eventually } from "../server/clients.ts";
import { loggedWhile } from "../support/logged.ts";
import { boxShow } from "./box-show.ts";

// An uncaught exception in a timer or a native callback would fail these tests.

test("a stream whose memory another process truncated logs it, and its show keeps rendering for other listeners", async () => {
  using show = boxShow();
  using client = new FuryStreamClient(show, { useRawArray: false });
  client.start();
  truncateSync(`/dev/shm/${client.imageBufferManager.names.info_buffer_name}`, 0);
  let renders = 0;
  show.on("render", () => renders++);
  const messages = await loggedWhile(async () => {
    show.render();
    show.render();
  });
  expect(renders).toBe(2);
  expect(messages).toHaveLength(1);
  expect(messages[0]).toMatch(/^A frame was not written: .*truncated by another process/);
});

test("a timed stream and a render loop keep running after their memory was truncated", async () => {
  using show = boxShow();
  using client = new FuryStreamClient(show, { useRawArray: false });
  using stream = new ShowStream(show);
  stream.loop.viewers = 1;
  let renders = 0;
  show.on("render", () => renders++);
  const messages = await loggedWhile(async () => {
    client.start(1);
    stream.start();
    stream.loop.viewers = 1;
    for (const image of [client.imageBufferManager, stream.image]) {
      truncateSync(`/dev/shm/${image.keys.info}`, 0);
    }
    for (let turn = 1; turn <= 3; turn++) {
      const before = renders;
      stream.invalidate();
      await eventually(() => renders > before, `render ${turn} after the loss`);
    }
  });
  expect(messages.filter((line) => line.startsWith("A frame was not written"))).not.toBeEmpty();
});
