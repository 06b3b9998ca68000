import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { noise } from "../encode/simulated-link.ts";
import { nativeThreads, openDescriptors } from "../native/processes.ts";
import { eventually, MjpegClient } from "./clients.ts";
import { FrameClient } from "./frame-client.ts";
import { servedView } from "./served-view.ts";

const view = servedView({ attach: () => {} });

const SIZES: readonly [number, number][] = [
  [64, 48],
  [48, 64],
  [640, 480],
  [1, 1],
  [333, 217],
];

/** A viewer with a transport and behaviour chosen by `kind` (0 to 1). */
async function join(kind: number): Promise<{ close(): void }> {
  if (kind < 0.3) {
    const client = await MjpegClient.open(view.server.url);
    // Some read continuously, others never.
    if (kind < 0.15)
      void (async () => {
        while ((await client.next()) !== null);
      })();
    return client;
  }
  return FrameClient.open(view.server.url, { acknowledges: kind < 0.8, lossless: kind > 0.6 });
}

/** A hundred viewers join and leave at random while the view and its size change. */
async function connectCrowd(seed: number): Promise<void> {
  const random = noise(seed);
  const viewers: { close(): void }[] = [];
  for (let step = 0; step < 100; step++) {
    const size = SIZES[step % SIZES.length] ?? [1, 1];
    view.renderer.images.write(...size, new Uint8Array(size[0] * size[1] * 4).fill(step), {
      still: step % 7 === 0,
    });
    viewers.push(await join((random() + 1) / 2));
    while (viewers.length > 0 && random() < 0)
      viewers.splice(Math.floor(((random() + 1) / 2) * viewers.length), 1)[0]?.close();
  }
  const last = await FrameClient.open(view.server.url);
  view.renderer.writeGrey(200, [320, 240]);
  await last.waitForGrey(200);
  for (const viewer of [...viewers, last]) viewer.close();
  await eventually(() => view.server.state.viewers.length === 0, "all viewers have left");
}

test("a hundred viewers that connect and leave while the frame changes its size leak nothing", async () => {
  for (const seed of [1, 2]) await connectCrowd(seed);
  await eventually(() => view.renderer.images.viewers === 0, "there is no demand");
  Bun.gc(true);
  const [descriptors, threads, heap] = [openDescriptors(), nativeThreads().length, heapStats().heapSize];
  for (const seed of [3, 4, 5]) await connectCrowd(seed);
  await eventually(() => openDescriptors() <= descriptors, "every descriptor is closed");
  await eventually(() => nativeThreads().length <= threads, "every thread has ended");
  await eventually(() => {
    Bun.gc(true);
    return heapStats().heapSize < heap + 2_000_000;
  }, "the heap has its earlier size");
  expect([view.server.viewers, view.renderer.images.viewers]).toEqual([0, 0]);
}, 60_000);
