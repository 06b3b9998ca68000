import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { MjpegClient } from "../server/clients.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { hasPython } from "./fury-peer.ts";
import { FuryProgram, whyNoNumpy } from "./fury-program.ts";

setDefaultTimeout(60_000);
const python = hasPython();
const whyNot = whyNoNumpy();

const FRAMES = 80;
const SIZE = [1920, 1080] as const;

/** The grey value of a picture of one grey, and where the picture is of another; null where it is not. */
function lookAt(jpeg: Uint8Array): { grey: number; torn: string | null } {
  const { width, height, data } = decodeJpeg(jpeg);
  expect([width, height]).toEqual([...SIZE]);
  const grey = data[0] ?? 0;
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const [first] = pixels;
  for (let at = 1; at < pixels.length; at++) {
    if (pixels[at] === first) continue;
    // Three apart: JPEG's own rounding. Two frames in a row are 61 apart.
    const other = data.subarray(4 * at, 4 * at + 3).find((value) => Math.abs(value - grey) > 3);
    if (other !== undefined) return { grey, torn: `at row ${Math.floor(at / width)}: ${grey} and ${other}` };
  }
  return { grey, torn: null };
}

/** Looks at the served pictures as a viewer does, until so many have come; gives how many different ones there were. */
async function watched(program: { readonly serveCommand: string[] }, viewers: number): Promise<number> {
  await using app = await RunningScenecast.start(program.serveCommand);
  const clients = await Promise.all(Array.from({ length: viewers }, () => MjpegClient.open(app.url)));
  const greys = new Set<number>();
  for (let frame = 0; frame < FRAMES; frame++) {
    const part = await clients[frame % viewers]?.next();
    if (!part) throw new Error("the stream ended");
    const { grey, torn } = lookAt(part.body);
    expect(torn).toBeNull();
    greys.add(grey);
  }
  for (const client of clients) client.close();
  return greys.size;
}

describe.skipIf(!python)("1080p at 60 frames a second from a Python program", () => {
  test.each([
    [1, 2],
    [2, 2],
    [1, 3],
  ])("no frame is torn: %i viewer(s), %i buffers", async (viewers, buffers) => {
    await using fury = await FuryProgram.start({ size: SIZE, fps: 60, poll_ms: 0, buffers });
    expect(await watched(fury, viewers)).toBeGreaterThan(20);
  });

  test.each([2, 3])("frames written without a pause are not torn: %i buffers", async (buffers) => {
    await using fury = await FuryProgram.start({ size: SIZE, fps: 10_000, poll_ms: 0, buffers });
    expect(await watched(fury, 1)).toBeGreaterThan(20);
  });

  // When a writer was interrupted in the middle of the only buffer, nothing tells that from its end.
  test("every still frame of a single buffer is received complete", async () => {
    await using fury = await FuryProgram.start({ size: SIZE, fps: 8, poll_ms: 0, buffers: 1 });
    await using app = await RunningScenecast.start(fury.serveCommand);
    const client = await MjpegClient.open(app.url);
    const greys = new Set<number>();
    while (greys.size < 8) {
      const part = await client.next();
      if (!part) throw new Error("the stream ended");
      const { grey, torn } = lookAt(part.body);
      if (torn === null) greys.add(grey);
    }
    client.close();
  });
});

test.skipIf(whyNot !== "")(
  "no frame of a numpy producer at 1080p and 60 frames per second is torn",
  async () => {
    await using fury = await FuryProgram.startNumpyProducer([
      "--mode",
      "solid",
      "--size",
      "1920x1080",
      "--fps",
      "60",
    ]);
    expect(await watched(fury, 1)).toBeGreaterThan(20);
  },
);
