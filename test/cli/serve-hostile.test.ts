import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { MjpegClient, SocketClient } from "../server/clients.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { hasPython, PythonProducer } from "./python-producer.ts";
import { inState, type ServeState, segmentOptions, untilGrey } from "./viewing-serve.ts";

setDefaultTimeout(60_000);

const HUGE = 0xffff_ffff;

/** Invalid values in the info segment: description, first word, values, and part of the reported reason. */
const HOSTILE: [string, number, number[], string][] = [
  ["an index that no buffer has", 3, [HUGE], `buffer ${HUGE} is current, but the number of buffers is 2`],
  ["a size whose bytes do not fit into 64 bits", 4, [HUGE, HUGE, HUGE, HUGE], `${HUGE}x${HUGE}`],
  ["a size whose bytes are few modulo 2^32", 4, [65536, 65536, 65536, 65536], "65536x65536"],
];

describe.skipIf(!hasPython())("serve with an invalid producer (needs Python)", () => {
  test("serve reports invalid numbers in the info segment, and resumes when they are valid again", async () => {
    await using producer = await PythonProducer.start("--grey", "60");
    await using app = await RunningScenecast.start(["serve", ...segmentOptions(producer.names)]);
    const stream = await MjpegClient.open(app.url);
    const socket = await SocketClient.open(app.url);
    await untilGrey(stream, 60);
    let grey = 60;
    for (const [description, index, values, reason] of HOSTILE) {
      await producer.request({ command: "state", state: { writing: false } });
      await producer.request({ command: "set-words", index, values });
      const { renderer } = await socket.next("status", (status) => status.renderer.state === "unreadable");
      expect(renderer, description).toMatchObject({ reason: expect.stringContaining(reason) });
      const snapshot = await app.fetch("snapshot.jpg");
      expect([snapshot.status, await snapshot.text()], description).toEqual([
        503,
        expect.stringContaining(reason),
      ]);
      grey += 20;
      await producer.request({ command: "set-words", index: 3, values: [0] });
      await producer.request({ command: "state", state: { writing: true, grey } });
      await untilGrey(stream, grey);
      await socket.next("status", (status) => status.renderer.state === "running");
    }
    stream.close();
    socket.close();
  });

  test("serve does not report a producer as running whose buffer index only increases", async () => {
    await using producer = await PythonProducer.start("--grey", "60");
    await using app = await RunningScenecast.start(["serve", ...segmentOptions(producer.names)]);
    await inState(app, "running");
    await producer.request({ command: "state", state: { writing: false } });
    let index = 2;
    const state = async () => {
      await producer.request({ command: "set-words", index: 3, values: [index++] });
      return (await app.state<ServeState>()).renderer.state;
    };
    const deadline = Date.now() + 20_000;
    while ((await state()) !== "unreadable") {
      if (Date.now() > deadline) throw new Error("The state stays running.");
      await Bun.sleep(20);
    }
    expect(app.stderr.split("Cannot read frames from the renderer").length).toBe(2);
  });

  test("serve waits for the first frame while the sizes are 0", async () => {
    await using producer = await PythonProducer.start("--silent");
    await using app = await RunningScenecast.start(["serve", ...segmentOptions(producer.names)]);
    const stream = await MjpegClient.open(app.url);
    await inState(app, "waiting-for-first-frame");
    await producer.request({ command: "set-words", index: 3, values: [HUGE] });
    await inState(app, "unreadable");
    await producer.request({ command: "set-words", index: 3, values: [0] });
    await inState(app, "waiting-for-first-frame");
    await producer.request({ command: "state", state: { writing: true, grey: 33 } });
    await untilGrey(stream, 33);
    stream.close();
  });

  test.each([
    ["info", 0],
    ["image0", 4096],
    ["queue", 0],
    ["head_tail", 0],
  ])(
    "serve survives the truncation of %s to %d bytes while there are viewers and events",
    async (segment, size) => {
      await using producer = await PythonProducer.start("--grey", "60", "--size", "320x240");
      await using app = await RunningScenecast.start(["serve", ...segmentOptions(producer.names)]);
      const stream = await MjpegClient.open(app.url);
      const socket = await SocketClient.open(app.url);
      await untilGrey(stream, 60);
      await producer.request({ command: "state", state: { writing: false, dequeuing: false } });
      // The producer may have written the other buffer last.
      await producer.request({ command: "set-words", index: 3, values: [0, 320, 240] });
      const { size: fullSize } = Bun.file(`/dev/shm/${nameOf(producer, segment)}`);
      // Repeated, to coincide with different operations of the server.
      for (let time = 0; time < 40; time++) {
        await producer.request({ command: "truncate", segment, size });
        socket.send({ type: "weel", deltaY: 1, timestampInMs: time });
        if (time % 10 === 9) await socket.settle();
        await producer.request({ command: "truncate", segment, size: fullSize });
      }
      await producer.request({ command: "truncate", segment, size });
      await socket.settle();
      const truncated = await app.state<ServeState>(
        ({ renderer }) => renderer.state === "unreadable" || !segment.startsWith("i"),
      );
      if (segment.startsWith("i")) expect(truncated.renderer.reason).toContain(nameOf(producer, segment));
      await producer.request({ command: "truncate", segment, size: fullSize });
      if (segment === "info")
        await producer.request({ command: "set-words", index: 0, values: [6, 1, 0, 0, 0, 0, 0, 0] });
      await producer.request({ command: "state", state: { writing: true, grey: 120 } });
      await untilGrey(stream, 120);
      await inState(app, "running");
      stream.close();
      socket.close();
      expect(app.process.exitCode).toBeNull();
    },
  );
});

function nameOf({ names }: PythonProducer, segment: string): string {
  const { info_buffer_name, queue_buffer_name, queue_head_tail_buffer_name } = names;
  const byRole = { info: info_buffer_name, queue: queue_buffer_name, head_tail: queue_head_tail_buffer_name };
  return byRole[segment as keyof typeof byRole] ?? names.image_buffer_names[Number(segment.at(-1))] ?? "";
}
