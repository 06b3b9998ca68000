import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { MjpegClient, SocketClient } from "../server/clients.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { hasPython, PythonProducer } from "./python-producer.ts";
import { inState, type ServeState, untilGrey } from "./viewing-serve.ts";

setDefaultTimeout(60_000);

const optionsFor = ({ names }: PythonProducer) => [
  ...["--image-buffers", names.image_buffer_names.join(",")],
  ...["--info-buffer", names.info_buffer_name],
  ...["--queue-buffer", names.queue_buffer_name ?? ""],
  ...["--queue-head-tail", names.queue_head_tail_buffer_name ?? ""],
];

const HUGE = 0xffff_ffff;

/** What a producer may write into its info segment from word 3 on, and what is said of it. */
const HOSTILE: [string, number, number[], string][] = [
  ["an index that no buffer has", 3, [HUGE], `buffer ${HUGE} is current, but the number of buffers is 2`],
  ["a size whose bytes do not fit into 64 bits", 4, [HUGE, HUGE, HUGE, HUGE], `${HUGE}x${HUGE}`],
  ["a size whose bytes are few modulo 2^32", 4, [65536, 65536, 65536, 65536], "65536x65536"],
];

describe.if(hasPython())("serve survives a producer that", () => {
  test("writes numbers that can not be, says which, and goes on when they are good again", async () => {
    await using producer = await PythonProducer.start("--grey", "60");
    await using app = await RunningScenecast.start(["serve", ...optionsFor(producer)]);
    const stream = await MjpegClient.open(app.url);
    const socket = await SocketClient.open(app.url);
    await untilGrey(stream, 60);
    let grey = 60;
    for (const [what, at, values, says] of HOSTILE) {
      await producer.ask({ do: "state", state: { writing: false } });
      await producer.ask({ do: "words", at, values });
      const { renderer } = await socket.next("status", (said) => said.renderer.state === "unreadable");
      expect(renderer, what).toMatchObject({ reason: expect.stringContaining(says) });
      const snapshot = await app.fetch("snapshot.jpg");
      expect([snapshot.status, await snapshot.text()], what).toEqual([503, expect.stringContaining(says)]);
      grey += 20;
      await producer.ask({ do: "words", at: 3, values: [0] });
      await producer.ask({ do: "state", state: { writing: true, grey } });
      await untilGrey(stream, grey);
      await socket.next("status", (said) => said.renderer.state === "running");
    }
    stream.close();
    socket.close();
  });

  test("counts its buffer index up without end, and does not report it as running", async () => {
    await using producer = await PythonProducer.start("--grey", "60");
    await using app = await RunningScenecast.start(["serve", ...optionsFor(producer)]);
    await inState(app, "running");
    await producer.ask({ do: "state", state: { writing: false } });
    let index = 2;
    const state = async () => {
      await producer.ask({ do: "words", at: 3, values: [index++] });
      return (await app.state<ServeState>()).renderer.state;
    };
    const deadline = Date.now() + 20_000;
    while ((await state()) !== "unreadable") {
      if (Date.now() > deadline) throw new Error("It stays running.");
      await Bun.sleep(20);
    }
    expect(app.stderr.split("Cannot read frames from the renderer").length).toBe(2);
  });

  test("leaves sizes of 0 for ever", async () => {
    await using producer = await PythonProducer.start("--silent");
    await using app = await RunningScenecast.start(["serve", ...optionsFor(producer)]);
    const stream = await MjpegClient.open(app.url);
    await inState(app, "waiting-for-first-frame");
    await producer.ask({ do: "words", at: 3, values: [HUGE] });
    await inState(app, "unreadable");
    await producer.ask({ do: "words", at: 3, values: [0] });
    await inState(app, "waiting-for-first-frame");
    await producer.ask({ do: "state", state: { writing: true, grey: 33 } });
    await untilGrey(stream, 33);
    stream.close();
  });

  test.each([
    ["info", 0],
    ["image0", 4096],
    ["queue", 0],
    ["head_tail", 0],
  ])(
    "makes %s shorter (%d bytes) while it is looked at and steered, and long again",
    async (segment, size) => {
      await using producer = await PythonProducer.start("--grey", "60", "--size", "320x240");
      await using app = await RunningScenecast.start(["serve", ...optionsFor(producer)]);
      const stream = await MjpegClient.open(app.url);
      const socket = await SocketClient.open(app.url);
      await untilGrey(stream, 60);
      await producer.ask({ do: "state", state: { writing: false, taking: false } });
      // It may have written the other buffer alone, or last.
      await producer.ask({ do: "words", at: 3, values: [0, 320, 240] });
      const { size: whole } = Bun.file(`/dev/shm/${nameOf(producer, segment)}`);
      // Cut again and again, in the middle of whatever the server does at that moment.
      for (let time = 0; time < 40; time++) {
        await producer.ask({ do: "truncate", segment, size });
        socket.send({ type: "weel", deltaY: 1, timestampInMs: time });
        if (time % 10 === 9) await socket.settle();
        await producer.ask({ do: "truncate", segment, size: whole });
      }
      await producer.ask({ do: "truncate", segment, size });
      await socket.settle();
      const cut = await app.state<ServeState>(
        ({ renderer }) => renderer.state === "unreadable" || !segment.startsWith("i"),
      );
      if (segment.startsWith("i")) expect(cut.renderer.reason).toContain(nameOf(producer, segment));
      await producer.ask({ do: "truncate", segment, size: whole });
      if (segment === "info") await producer.ask({ do: "words", at: 0, values: [6, 1, 0, 0, 0, 0, 0, 0] });
      await producer.ask({ do: "state", state: { writing: true, grey: 120 } });
      await untilGrey(stream, 120);
      await inState(app, "running");
      stream.close();
      socket.close();
      expect(app.process.exitCode).toBeNull();
    },
  );
});

function nameOf({ names, segments }: PythonProducer, segment: string): string {
  if (segment.startsWith("image")) return names.image_buffer_names[Number(segment.at(-1))] ?? "";
  const [queue = "", headTail = ""] = segments.slice(-2);
  return { info: names.info_buffer_name, queue, head_tail: headTail }[segment] ?? "";
}
