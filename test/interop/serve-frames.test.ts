import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { MjpegClient } from "../server/clients.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { hasPython } from "./fury-peer.ts";
import { FuryProgram, whyNoNumpy } from "./fury-program.ts";

setDefaultTimeout(60_000);
const python = hasPython();
const skipReason = whyNoNumpy();

const FRAMES = 80;
const SIZE = [1920, 1080] as const;

/** Grey of a frame of one grey, and the place of another grey if the frame is torn, else null. */
function inspectFrame(jpeg: Uint8Array): { grey: number; torn: string | null } {
  const { width, height, data } = decodeJpeg(jpeg);
  expect([width, height]).toEqual([...SIZE]);
  const grey = data[0] ?? 0;
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const [first] = pixels;
  for (let i = 1; i < pixels.length; i++) {
    if (pixels[i] === first) continue;
    // Differences up to 3 are JPEG's rounding. Consecutive frames differ by 61.
    const other = data.subarray(4 * i, 4 * i + 3).find((value) => Math.abs(value - grey) > 3);
    if (other !== undefined) return { grey, torn: `at row ${Math.floor(i / width)}: ${grey} and ${other}` };
  }
  return { grey, torn: null };
}

/** Checks that none of the next FRAMES frames is torn. Returns the number of different ones. */
async function checkFrames(program: { readonly serveCommand: string[] }, viewers: number): Promise<number> {
  await using app = await RunningScenecast.start(program.serveCommand);
  const clients = await Promise.all(Array.from({ length: viewers }, () => MjpegClient.open(app.url)));
  const greys = new Set<number>();
  for (let frame = 0; frame < FRAMES; frame++) {
    const part = await clients[frame % viewers]?.next();
    if (!part) throw new Error("The stream ended.");
    const { grey, torn } = inspectFrame(part.body);
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
  ])("no frame for %i viewer(s) from %i buffers is torn", async (viewers, buffers) => {
    await using fury = await FuryProgram.start({ size: SIZE, fps: 60, poll_ms: 0, buffers });
    expect(await checkFrames(fury, viewers)).toBeGreaterThan(20);
  });

  test.each([2, 3])("frames written without a pause to %i buffers are not torn", async (buffers) => {
    await using fury = await FuryProgram.start({ size: SIZE, fps: 10_000, poll_ms: 0, buffers });
    expect(await checkFrames(fury, 1)).toBeGreaterThan(20);
  });

  // A frame can be torn here, since a write that was interrupted cannot be distinguished from a finished one.
  test("every still frame of a single buffer is received complete", async () => {
    await using fury = await FuryProgram.start({ size: SIZE, fps: 8, poll_ms: 0, buffers: 1 });
    await using app = await RunningScenecast.start(fury.serveCommand);
    const client = await MjpegClient.open(app.url);
    const greys = new Set<number>();
    while (greys.size < 8) {
      const part = await client.next();
      if (!part) throw new Error("The stream ended.");
      const { grey, torn } = inspectFrame(part.body);
      if (torn === null) greys.add(grey);
    }
    client.close();
  });
});

test.skipIf(skipReason !== "")(
  "no frame of a numpy producer at 1080p and 60 frames per second is torn",
  async () => {
    await using fury = await FuryProgram.startNumpyProducer(["--mode=solid", "--size=1920x1080", "--fps=60"]);
    expect(await checkFrames(fury, 1)).toBeGreaterThan(20);
  },
);
