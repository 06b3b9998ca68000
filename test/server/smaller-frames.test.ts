import { afterEach, beforeEach, expect, test } from "bun:test";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { type ScenecastServer, startServer } from "../../src/server/server.ts";
import { solid, TestRenderer } from "../encode/producers.ts";
import { eventually, MjpegClient, SocketClient } from "./clients.ts";
import { FrameClient } from "./frame-client.ts";

let server: ScenecastServer;
let renderer: TestRenderer;

beforeEach(async () => {
  server = await startServer({ port: 0 });
  renderer = new TestRenderer();
  renderer.writeGrey(10);
  server.attach(renderer.names);
});

afterEach(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

/** Writes half of the pixels of a view of 64x48. */
function writeSmaller(grey: number): void {
  const pixels = solid(32, 24, [grey, grey, grey, 255]);
  renderer.images.writeInto(32, 24, pixels, { viewSize: [64, 48], still: false });
}

const mayBeSmaller = (may: boolean) =>
  eventually(() => renderer.images.mayBeSmaller === may, `smaller frames are ${may ? "" : "not "}allowed`);

async function sizeOfNext(client: MjpegClient): Promise<[width: number, height: number]> {
  const part = await client.next();
  if (part === null) throw new Error("The stream ended.");
  const { width, height } = decodeJpeg(part.body);
  return [width, height];
}

test("frames may have fewer pixels only while all who look are pages, which show any size at the same size", async () => {
  expect(renderer.images.mayBeSmaller).toBeFalse();
  const page = await FrameClient.open(server.url);
  await mayBeSmaller(true);
  const other = await FrameClient.open(server.url);
  await eventually(() => renderer.images.viewers === 2, "both look");
  expect(renderer.images.mayBeSmaller).toBeTrue();
  const program = await MjpegClient.open(server.url);
  await mayBeSmaller(false);
  program.close();
  await mayBeSmaller(true);
  // A snapshot is a picture to keep.
  renderer.images.frameDue = true;
  const snapshot = fetch(new URL("snapshot.png", server.url));
  await mayBeSmaller(false);
  renderer.images.frameDue = false;
  expect((await snapshot).status).toBe(200);
  await mayBeSmaller(true);
  page.close();
  other.close();
  await mayBeSmaller(false);
});

test("a page gets a frame with fewer pixels, and a program's stream does not change its size, though it comes in a drag", async () => {
  const page = await FrameClient.open(server.url);
  await page.sees(10);
  writeSmaller(100);
  await page.sees(100);
  expect(page.frames.at(-1)?.header).toMatchObject({ width: 32, height: 24, still: false });
  const program = await MjpegClient.open(server.url);
  await mayBeSmaller(false);
  // One that was being rendered meanwhile.
  writeSmaller(150);
  await page.sees(150);
  renderer.writeGrey(200);
  await page.sees(200);
  expect(await sizeOfNext(program)).toEqual([64, 48]);
  writeSmaller(220);
  await page.sees(220);
  renderer.writeGrey(240);
  expect(await sizeOfNext(program)).toEqual([64, 48]);
  program.close();
  page.close();
});

test("a program's pointer stays where it is when a frame has fewer pixels", async () => {
  const program = await SocketClient.open(server.url);
  const page = await FrameClient.open(server.url);
  const press = { event_type: "pointer_down", x: 16, y: 36, button: 1, modifiers: [], time_stamp: 1 };
  for (const [write, grey] of [
    [() => renderer.writeGrey(50), 50],
    [() => writeSmaller(100), 100],
  ] as const) {
    write();
    await page.sees(grey);
    program.send(press);
    await program.settle();
    expect([...(renderer.queue.dequeue() ?? [])].slice(2, 4)).toEqual([0.25, 0.75]);
  }
  program.close();
  page.close();
});
