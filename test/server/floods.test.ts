import { expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { CLOSE_CODES } from "../../src/protocol/close-codes.ts";
import { TestRenderer } from "../encode/producers.ts";
import { lines } from "../support/lines.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { eventually } from "./clients.ts";
import { FrameClient } from "./frame-client.ts";

setDefaultTimeout(60_000);

const FLOOD = fileURLToPath(new URL("programs/flood.ts", import.meta.url));
/** Number of message kinds that the flood program sends. */
const KINDS = 12;
const FRAMES = 60;

/** A server in its own process, with a renderer and a viewer. */
class ServedProcess implements AsyncDisposable {
  private constructor(
    readonly renderer: TestRenderer,
    readonly app: RunningScenecast,
    readonly viewer: FrameClient,
  ) {}

  static async start(): Promise<ServedProcess> {
    const renderer = new TestRenderer({ maxSize: [320, 240] });
    const { image_buffer_names, info_buffer_name, ...queue } = renderer.names;
    const app = await RunningScenecast.start([
      ...["serve", "--image-buffers", image_buffer_names.join(","), "--info-buffer", info_buffer_name],
      ...["--queue-buffer", queue.queue_buffer_name, "--queue-head-tail", queue.queue_head_tail_buffer_name],
    ]);
    return new ServedProcess(renderer, app, await FrameClient.open(app.url));
  }

  write(number: number): void {
    this.renderer.writeGrey(number % 256, [320, 240], number);
  }

  /** Number of frames from {@link write} that the viewer has received. */
  get received(): number {
    return this.viewer.frames.filter(({ header }) => header.eventMs !== null).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.viewer.close();
    await this.app.stop();
    this.renderer[Symbol.dispose]();
  }
}

test("while a client floods a server with every kind of message, another viewer receives its frames", async () => {
  await using flooded = await ServedProcess.start();
  const child = Bun.spawn(
    [process.execPath, FLOOD, new URL("ws", flooded.app.url).href.replace(/^http/, "ws")],
    {
      stdin: "ignore",
      stdout: "pipe",
    },
  );
  const closed: { kind: string; code: number; reason: string }[] = [];
  const reading = (async () => {
    for await (const line of lines(child.stdout)) closed.push(JSON.parse(line));
  })();
  try {
    await eventually(() => closed.length > 0, "the flood has begun");
    for (let number = 1; number <= FRAMES; number++) {
      flooded.write(number);
      await eventually(() => flooded.received >= number, `frame ${number} arrives during the flood`);
    }
    await eventually(
      () => new Set(closed.map(({ kind }) => kind)).size === KINDS,
      "a socket of each kind was disconnected",
    );
    expect(new Set(closed.map(({ code, reason }) => `${code} ${reason}`))).toEqual(
      new Set([`${CLOSE_CODES.policy} Too many messages: the limit is 4000 messages or 1 MiB per second.`]),
    );
  } finally {
    child.kill();
    await reading;
  }
});
