import { expect, setDefaultTimeout, test } from "bun:test";
import { FuryStreamClient, FuryStreamInteraction } from "../../src/fury/fury-stream.ts";
import { EVENT } from "../../src/memory/event-row.ts";
import { untilTimerThreads } from "../native/processes.ts";
import { eventually } from "../server/clients.ts";
import { boxShow } from "../stream/box-show.ts";
import type { ViewerReply, ViewerRequest } from "./programs/viewer-worker.ts";
import { rgbOf } from "./rgb.ts";

// The first frame of a software driver is slow on a busy machine.
setDefaultTimeout(60_000);

/** A Worker that reads the frames of this program and steers it. */
class Viewer {
  readonly #worker = new Worker(new URL("programs/viewer-worker.ts", import.meta.url).href);
  readonly #replies: ViewerReply[] = [];
  #replied = Promise.withResolvers<void>();

  constructor() {
    this.#worker.addEventListener("message", ({ data }: MessageEvent<ViewerReply>) => {
      this.#replies.push(data);
      this.#replied.resolve();
    });
  }

  async attach(client: FuryStreamClient, interaction: FuryStreamInteraction, viewers: number): Promise<void> {
    const attach = { images: client.imageBufferManager.buffers, queue: interaction.circularQueue.buffers };
    this.#ask({ attach, viewers });
    await this.#next((reply) => "attached" in reply);
  }

  /** Waits until the Worker reports frame `number` or a later one. */
  async waitForFrame(number: number): Promise<void> {
    await this.#next((reply) => "written" in reply && reply.written >= number);
  }

  /** The newest frame, RGB, rows bottom-up. */
  async frame() {
    this.#ask({ read: true });
    const reply = await this.#next((each) => "frame" in each);
    return "frame" in reply ? reply.frame : null;
  }

  send(rows: number[][], wake: boolean): void {
    this.#ask({ rows, wake });
  }

  /** Ends the Worker at any moment. */
  async terminate(): Promise<void> {
    const closed = new Promise((resolve) => this.#worker.addEventListener("close", resolve));
    this.#worker.terminate();
    await closed;
  }

  #ask(request: ViewerRequest): void {
    this.#worker.postMessage(request);
  }

  async #next(accept: (reply: ViewerReply) => boolean): Promise<ViewerReply> {
    for (;;) {
      const index = this.#replies.findIndex(accept);
      const [reply] = index < 0 ? [] : this.#replies.splice(index, 1);
      if (reply !== undefined) return reply;
      this.#replied = Promise.withResolvers();
      await this.#replied.promise;
    }
  }
}

const drag = (from: number, to: number, timestamp: number): number[][] => [
  [EVENT.leftPress, 0, from, 0.5, 0, 0, timestamp, 0],
  ...Array.from({ length: 10 }, (_, step) => {
    return [EVENT.mouseMove, 0, from + ((to - from) * (step + 1)) / 10, 0.5, 0, 0, timestamp + step, 0];
  }),
  [EVENT.leftRelease, 0, to, 0.5, 0, 0, timestamp + 20, 0],
];

test.each([
  { wake: true, viewers: 1, how: "that wakes the program" },
  { wake: false, viewers: 0, how: "that does not wake the program, like FURY's," },
])(
  "a Worker $how reads the frames of the program, turns its view and resizes it",
  async ({ wake, viewers }) => {
    {
      using show = boxShow([160, 120]);
      using client = new FuryStreamClient(show, { withoutIrenStart: true });
      const { imageBufferManager } = client;
      using interaction = new FuryStreamInteraction(show, { withoutIrenStart: true, imageBufferManager });
      client.start();
      interaction.start();
      const viewer = new Viewer();
      await viewer.attach(client, interaction, viewers);
      const first = await viewer.frame();
      expect(first).toMatchObject(rgbOf(show));

      viewer.send(drag(0.4, 0.6, 100), wake);
      await eventually(() => interaction.applied === 12, "the drag was applied");
      await viewer.waitForFrame(2);
      const turned = await viewer.frame();
      expect(turned).toMatchObject(rgbOf(show));
      expect(turned?.data).not.toEqual(first?.data);

      viewer.send([[EVENT.resize, 1.5, 60, 40, 0, 0, 200, 0]], wake);
      await eventually(() => interaction.applied === 13, "the change of size was applied");
      expect(await viewer.frame()).toMatchObject({ ...rgbOf(show), width: 90, height: 60 });
      await viewer.terminate();
    }
    await untilTimerThreads(0);
  },
);

test("a Worker terminated during frames and events does not end the program, and the next one continues", async () => {
  using show = boxShow([160, 120]);
  using client = new FuryStreamClient(show);
  using interaction = new FuryStreamInteraction(show, { imageBufferManager: client.imageBufferManager });
  client.start();
  interaction.start();
  for (let round = 0; round < 5; round++) {
    const viewer = new Viewer();
    await viewer.attach(client, interaction, 1);
    const applied = interaction.applied;
    for (let sent = 0; sent < 20; sent++) viewer.send(drag(0.4, 0.6, round * 1000 + sent * 50), true);
    await eventually(() => interaction.applied > applied + 30, "events are applied");
    await viewer.terminate();
    for (let frame = 0; frame < 20; frame++) show.render();
  }
  const last = new Viewer();
  await last.attach(client, interaction, 1);
  const applied = interaction.applied;
  last.send(drag(0.6, 0.4, 1e6), true);
  await eventually(() => interaction.newestEventTimestamp === 1e6 + 20, "the last drag was applied");
  expect(interaction.applied).toBeGreaterThanOrEqual(applied + 12);
  expect(await last.frame()).toMatchObject(rgbOf(show));
  await last.terminate();
});
