import { expect, test } from "bun:test";
import { noise } from "../encode/simulated-link.ts";
import { eventually } from "./clients.ts";
import { FrameClient } from "./frame-client.ts";
import { PausableRelay } from "./pausable-relay.ts";
import { servedView } from "./served-view.ts";

/** View size, px. A JPEG of noise in this size has megabytes: a few fill the socket buffers of the kernel and of Bun. */
const SIZE: [number, number] = [2560, 1440];

const view = servedView({
  maxSize: SIZE,
  attach({ images }) {
    const random = noise(1);
    const grain = Uint8Array.from({ length: 65_521 }, () => Math.floor((random() + 1) * 127));
    images.write(...SIZE, new Uint8Array(Buffer.alloc(SIZE[0] * SIZE[1] * 4, grain)));
  },
});

/** Number of frames written to all viewers' connections. */
async function sentFrames(): Promise<number> {
  const text = await (await fetch(new URL("metrics", view.server.url))).text();
  return [...text.matchAll(/^scenecast_frames_sent_total\{.*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

/** Requests a stream, and waits until the current frame was written to it. */
async function openStream(client: FrameClient, encoding: "jpeg" | "video"): Promise<void> {
  const before = await sentFrames();
  client.send({ type: "frames", encoding });
  await eventually(async () => (await sentFrames()) > before, "the current frame is sent");
}

for (const encoding of ["jpeg", "video"] as const) {
  test(`a ${encoding} frame that was dropped at the backpressure limit of a socket is sent after the drain`, async () => {
    await using relay = await PausableRelay.listen(view.server.url);
    const client = await FrameClient.open(relay.url, { acknowledges: false });
    await client.waitForFrame(() => true, "the first frame");
    relay.pause();
    // Each request opens a new stream, which starts with the current frame. A burst of eight is allowed.
    const before = client.frames.length;
    for (let stream = 1; stream <= 6; stream++) await openStream(client, "jpeg");
    await openStream(client, encoding);
    expect(view.server.state.viewers[0]).toMatchObject({ bytes: 0 });
    expect(client.frames.length).toBe(before);
    client.acknowledges = true;
    relay.resume();
    await eventually(() => (view.server.state.viewers[0]?.bytes ?? 0) > 0, "the dropped frame is sent");
    view.renderer.writeGrey(80, SIZE);
    await eventually(() => client.numbers.at(-1) === 2, "the next frame arrives");
    const first = client.frames.find(({ header }) => (header.format === "vp8") === (encoding === "video"));
    expect(first?.header).toMatchObject({ frame: 1, keyframe: encoding === "video" });
    client.close();
  }, 30_000);
}
