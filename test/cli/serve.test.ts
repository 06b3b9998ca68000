import { afterAll, describe, expect, test } from "bun:test";
import { EVENT } from "../../src/memory/event-ids.ts";
import { SharedMemCircularQueue } from "../../src/memory/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/memory/shared-mem-image-buffer-manager.ts";
import { decodePng } from "../support/pictures.ts";
import { RunningScenecast, runScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());

/** A producer of one grey picture, as FURY's stream client is one. */
class GreyProducer implements Disposable {
  readonly images = new SharedMemImageBufferManager({ maxWindowSize: [40, 30] });
  readonly queue = new SharedMemCircularQueue({ maxSize: 8 });

  constructor(grey: number) {
    this.images.writeInto(40, 30, new Uint8Array(40 * 30 * 3).fill(grey));
  }

  get names() {
    return { ...this.images.names, ...this.queue.names };
  }

  [Symbol.dispose](): void {
    this.images.cleanup();
    this.queue.cleanup();
  }
}

async function greyOf(app: RunningScenecast): Promise<number | undefined> {
  const response = await app.fetch("snapshot.png");
  expect(response.status).toBe(200);
  return decodePng(await response.bytes()).data[0];
}

describe("serve", () => {
  test("shows frames and hands events on, by names one by one", async () => {
    using producer = new GreyProducer(77);
    const { names } = producer;
    await using app = await RunningScenecast.start([
      ...[
        "serve",
        "--image-buffers",
        names.image_buffer_names.join(","),
        "--info-buffer",
        names.info_buffer_name,
      ],
      ...["--queue-buffer", names.queue_buffer_name, "--queue-head-tail", names.queue_head_tail_buffer_name],
    ]);
    expect(await greyOf(app)).toBe(77);
    const socket = new WebSocket(new URL("ws", app.url).href.replace(/^http/, "ws"));
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    socket.send(JSON.stringify({ type: "weel", deltaY: 30, timestampInMs: 5 }));
    await app.state<{ events: { accepted: number } }>(({ events }) => events.accepted === 1);
    let row = producer.queue.dequeue();
    for (let tries = 0; row === null && tries < 1000; tries++) {
      await Bun.sleep(1);
      row = producer.queue.dequeue();
    }
    expect([row?.[0], row?.[1]]).toEqual([EVENT.wheel, 30]);
    socket.close();
  });

  test("attaches again when new names arrive on standard input, and keeps its page", async () => {
    using first = new GreyProducer(50);
    using second = new GreyProducer(200);
    await using app = await RunningScenecast.start(["serve", "--names", "-"], { stdin: "pipe" });
    expect((await app.fetch("")).status).toBe(200);
    app.write(`${JSON.stringify(first.names)}\n`);
    expect(await greyOf(app)).toBe(50);
    app.write(`this is no JSON\n${JSON.stringify(second.names)}\n`);
    await app.state<{ renderer: { pid: number }; frame: { width: number } | null }>(() =>
      app.stderr.includes("Ignored a line"),
    );
    let grey = await greyOf(app);
    for (let tries = 0; grey !== 200 && tries < 200; tries++) grey = await greyOf(app);
    expect(grey).toBe(200);
  });

  test("takes FURY's JSON from a file", async () => {
    using producer = new GreyProducer(120);
    const file = files.write("names.json", JSON.stringify(producer.names));
    await using app = await RunningScenecast.start(["serve", "--names", file]);
    expect(await greyOf(app)).toBe(120);
  });

  test.each([
    [["serve"], 2, "--image-buffers"],
    [["serve", "--names", "x", "--info-buffer", "y"], 2, "not both"],
    [["serve", "--image-buffers", "a,b", "--info-buffer", "c", "--queue-buffer", "d"], 2, "belong together"],
    [["serve", "--image-buffers", "a,,b", "--info-buffer", "c"], 2, "one to eight"],
    [["serve", "--image-buffers", "nope_1", "--info-buffer", "nope_2", "--port", "0"], 1, "nope_2"],
    [["serve", "--names", "/nowhere/names.json", "--port", "0"], 1, "/nowhere/names.json"],
  ] as const)("%p ends with a sentence", async (args, code, says) => {
    const { exitCode, stdout, stderr } = await runScenecast(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: "" });
    expect(stderr).toStartWith("scenecast: ");
    expect(stderr).toContain(says);
  });
});
