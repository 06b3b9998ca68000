import { expect, test } from "bun:test";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { solid } from "../encode/producers.ts";
import { eventually, MjpegClient, SocketClient } from "./clients.ts";
import { FrameClient } from "./frame-client.ts";
import { servedView } from "./served-view.ts";

const view = servedView({ attach: (renderer) => renderer.writeGrey(10) });

/** Writes a frame of half the width and height of the view of 64x48. */
function writeReduced(grey: number): void {
  const pixels = solid(32, 24, [grey, grey, grey, 255]);
  view.renderer.images.write(32, 24, pixels, { viewSize: [64, 48], still: false });
}

const waitUntilReducedAllowed = (isAllowed: boolean) =>
  eventually(
    () => view.renderer.images.allowReducedResolution === isAllowed,
    `reduced resolution is ${isAllowed ? "" : "not "}allowed`,
  );

async function nextSize(client: MjpegClient): Promise<[width: number, height: number]> {
  const part = await client.nextFrame();
  if (part === null) throw new Error("The stream ended.");
  const { width, height } = decodeJpeg(part.body);
  return [width, height];
}

test("a reduced resolution is allowed while a page is connected, also with a recorder's stream or a snapshot", async () => {
  expect(view.renderer.images.allowReducedResolution).toBeFalse();
  const recorder = await MjpegClient.open(view.server.url);
  await eventually(() => view.renderer.images.viewers === 1, "the recorder is connected");
  expect(view.renderer.images.allowReducedResolution).toBeFalse();
  const page = await FrameClient.open(view.server.url);
  await waitUntilReducedAllowed(true);
  const mjpegPage = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0001");
  view.renderer.images.hasPendingRender = true;
  const snapshot = fetch(new URL("snapshot.png", view.server.url));
  await eventually(() => view.renderer.images.viewers === 4, "the snapshot waits");
  expect(view.renderer.images.allowReducedResolution).toBeTrue();
  view.renderer.images.hasPendingRender = false;
  expect((await snapshot).status).toBe(200);
  page.close();
  await eventually(() => view.renderer.images.viewers === 2, "the page is gone");
  expect(view.renderer.images.allowReducedResolution).toBeTrue();
  mjpegPage.close();
  await waitUntilReducedAllowed(false);
  recorder.close();
});

test("a page gets a reduced frame as it is, and a recorder gets it scaled to the view's size", async () => {
  const page = await FrameClient.open(view.server.url);
  await page.waitForGrey(10);
  writeReduced(100);
  await page.waitForGrey(100);
  expect(page.frames.at(-1)?.header).toMatchObject({ width: 32, height: 24, still: false });
  const mjpegPage = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0001");
  expect(await nextSize(mjpegPage)).toEqual([32, 24]);
  // A recorder that connects during a drag starts with the view's size, too.
  const recorder = await MjpegClient.open(view.server.url);
  expect(await nextSize(recorder)).toEqual([64, 48]);
  view.renderer.writeGrey(200);
  expect(await nextSize(recorder)).toEqual([64, 48]);
  writeReduced(220);
  expect(await nextSize(recorder)).toEqual([64, 48]);
  for (const client of [recorder, mjpegPage, page]) client.close();
});

test("a snapshot during a drag requests a frame in full size from the renderer, at most once in 2 s", async () => {
  const page = await FrameClient.open(view.server.url);
  view.renderer.images.hasPendingRender = true;
  let grey = 0;
  let fullSizeFrames = 0;
  // A renderer whose view is dragged continuously.
  const dragging = setInterval(() => {
    grey = (grey + 1) % 200;
    if (view.renderer.images.allowReducedResolution) writeReduced(grey);
    else {
      fullSizeFrames++;
      view.renderer.writeGrey(grey);
    }
  }, 5);
  try {
    await waitUntilReducedAllowed(true);
    for (let round = 0; round < 2; round++) {
      const images = await Promise.all(
        ["snapshot.jpg", "snapshot.jpg", "snapshot.jpg"].map(async (path) => {
          const bytes = await (await fetch(new URL(path, view.server.url))).bytes();
          return decodeJpeg(bytes).width;
        }),
      );
      expect(images).toEqual([64, 64, 64]);
      await waitUntilReducedAllowed(true);
    }
    // Of about 700 frames. The renderer may make several before it reads the cleared flag.
    expect(fullSizeFrames).toBeGreaterThan(1);
    expect(fullSizeFrames).toBeLessThan(100);
  } finally {
    clearInterval(dragging);
    page.close();
  }
}, 20_000);

test("a pointer's position does not change when a frame has a reduced resolution", async () => {
  const program = await SocketClient.open(view.server.url);
  const page = await FrameClient.open(view.server.url);
  const press = { event_type: "pointer_down", x: 16, y: 36, button: 1, modifiers: [], time_stamp: 1 };
  for (const [write, grey] of [
    [() => view.renderer.writeGrey(50), 50],
    [() => writeReduced(100), 100],
  ] as const) {
    write();
    await page.waitForGrey(grey);
    program.send(press);
    await program.settle();
    expect([...(view.renderer.queue.dequeue() ?? [])].slice(2, 4)).toEqual([0.25, 0.75]);
  }
  program.close();
  page.close();
});
