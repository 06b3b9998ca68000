import { expect, test } from "bun:test";
import { noise } from "../encode/simulated-link.ts";
import { type Link, ShapingProxy } from "../support/shaping-proxy.ts";
import { eventually, MjpegClient } from "./clients.ts";
import { FrameClient } from "./frame-client.ts";
import { servedView } from "./served-view.ts";

const FAST: Link = { bytesPerMs: 100_000, delayMs: 1 };
/** 2.4 Mbit/s: a small frame of these tests needs 0.2 s. */
const SLOW: Link = { bytesPerMs: 300, delayMs: 20 };
const SMALL: [number, number] = [320, 240];
/** Frames that fill the kernel's buffers of several megabytes; one needs 0.2 s at 32 Mbit/s. */
const LARGE: [number, number] = [1280, 960];
const view = servedView({ maxSize: LARGE, attach: () => {} });
const LARGE_SLOW: Link = { bytesPerMs: 4000, delayMs: 20 };

const random = noise(1);
const grain = Uint8Array.from({ length: LARGE[0] * LARGE[1] * 4 }, () => Math.floor((random() + 1) * 127));

/** Writes a frame of noise, which cannot be compressed well, a different one each time. */
function write(number: number, [width, height] = SMALL): void {
  const pixels = grain.slice(0, width * height * 4);
  pixels.fill(number, 0, 64 * width);
  view.renderer.images.write(width, height, pixels);
}

function isGrowing(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
}

test("a viewer on a slow link gets fewer frames at a lower quality level, never older ones, and does not affect another viewer", async () => {
  using proxy = new ShapingProxy(view.server.url, SLOW);
  const slow = await FrameClient.open(proxy.url);
  const fast = await FrameClient.open(view.server.url);
  for (let number = 1; slow.frames.at(-1)?.header.qualityLevel !== 2 && number < 1000; number++) {
    write(number);
    await eventually(
      () => fast.frames.at(-1)?.header.frame === number,
      `frame ${number} is received by the other`,
    );
    await Bun.sleep(10);
  }
  expect(fast.numbers).toEqual(Array.from({ length: fast.frames.length }, (_, index) => index + 1));
  expect(isGrowing(slow.numbers)).toBe(true);
  // A fifth with both cores to itself; a busy computer also slows the fast viewer.
  expect(slow.frames.length).toBeLessThan(0.8 * fast.frames.length);
  expect(slow.frames.at(-1)?.header.qualityLevel).toBe(2);
  expect(fast.frames.every(({ header }) => header.qualityLevel === 0)).toBe(true);
  const newest = fast.frames.length;
  // The frames in flight are followed by the newest, without any in between.
  const before = slow.frames.length;
  await eventually(() => slow.frames.at(-1)?.header.frame === newest, "the newest arrives");
  expect(slow.frames.length).toBeLessThanOrEqual(before + 3);
  slow.close();
  fast.close();
}, 30_000);

test("a viewer that stalls and recovers continues with the newest frame", async () => {
  using proxy = new ShapingProxy(view.server.url, FAST);
  const client = await FrameClient.open(proxy.url);
  const other = await FrameClient.open(view.server.url);
  write(1);
  await eventually(() => client.frames.length === 1, "the first frame arrives");
  client.acknowledges = false;
  for (let number = 2; number <= 40; number++) {
    write(number);
    await eventually(
      () => other.frames.at(-1)?.header.frame === number,
      `frame ${number} is received by the other`,
    );
  }
  expect(client.frames.length).toBe(2);
  client.acknowledges = true;
  client.acknowledge();
  await eventually(() => client.frames.at(-1)?.header.frame === 40, "the newest arrives");
  expect(client.numbers).toEqual([1, 2, 40]);
  client.close();
  other.close();
}, 20_000);

test("an MJPEG viewer on a slow link gets a lower quality level", async () => {
  using proxy = new ShapingProxy(view.server.url, LARGE_SLOW);
  const slow = await MjpegClient.open(proxy.url);
  void (async () => {
    while ((await slow.next()) !== null);
  })();
  let number = 0;
  using _writing = setInterval(() => write(++number, LARGE), 20);
  await eventually(() => (view.server.state.viewers[0]?.tier ?? 0) > 0, "its quality level is lower");
  expect(view.server.state.viewers[0]).toMatchObject({ transport: "mjpeg" });
  await eventually(() => (view.server.state.viewers[0]?.skipped ?? 0) > 10, "frames are skipped");
  slow.close();
}, 30_000);
