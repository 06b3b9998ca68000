import { describe, expect, test } from "bun:test";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { solid } from "../encode/producers.ts";
import { MjpegClient } from "./clients.ts";
import { servedView } from "./served-view.ts";

const view = servedView();

/** Red channel of one pixel of a decoded frame. */
function at({ data, width }: ReturnType<typeof decodeJpeg>, x: number, y: number): number {
  return data[4 * (y * width + x)] ?? -1;
}

describe("the size of an MJPEG stream", () => {
  test("a page's stream may change its size at any frame", async () => {
    view.server.attach(view.renderer.names);
    const client = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0001");
    for (const size of [
      [64, 48],
      [640, 480],
      [3, 5],
      [1, 1],
      [100, 10],
    ] as [number, number][]) {
      view.renderer.writeGrey(90, size);
      const part = await client.next();
      const { width, height } = decodeJpeg(part?.body ?? new Uint8Array());
      expect([width, height]).toEqual(size);
    }
    client.close();
  });

  test("a recorder's stream keeps the size of its first frame, and letterboxes frames of other sizes", async () => {
    view.server.attach(view.renderer.names);
    const client = await MjpegClient.open(view.server.url);
    view.renderer.writeGrey(90, [64, 48]);
    await client.nextFrame();
    for (const size of [
      [640, 240],
      [3, 5],
      [64, 48],
    ] as [number, number][]) {
      view.renderer.writeGrey(90, size);
      const part = await client.nextFrame();
      const image = decodeJpeg(part?.body ?? new Uint8Array());
      expect([image.width, image.height]).toEqual([64, 48]);
      expect(Math.abs(at(image, 32, 24) - 90)).toBeLessThan(4);
      if (size[0] === 640) expect(at(image, 32, 2)).toBeLessThan(4);
      if (size[0] === 3) expect(at(image, 2, 24)).toBeLessThan(4);
    }
    client.close();
  });

  test("?size=WxH gives frames of exactly that size, also after a resize and of a still view", async () => {
    view.server.attach(view.renderer.names);
    const writeStill = (size: [number, number]) =>
      view.renderer.images.write(...size, solid(...size, [90, 90, 90, 255]), { still: true });
    writeStill([64, 48]);
    const [wide, page] = await Promise.all([
      MjpegClient.open(view.server.url, "video/mjpeg?size=200x50"),
      MjpegClient.open(view.server.url, "video/mjpeg?size=31x17&viewer=viewer-0001"),
    ]);
    // The second image of each frame is the full-quality refinement of a still view.
    for (let count = 0; count < 4; count++) {
      if (count === 2) writeStill([300, 480]);
      for (const [client, size] of [
        [wide, [200, 50]],
        [page, [31, 17]],
      ] as const) {
        const { width, height } = decodeJpeg((await client.next())?.body ?? new Uint8Array());
        expect([width, height]).toEqual([...size]);
      }
    }
    wide.close();
    page.close();
  });

  test("a ninth size is refused with a message, and a second stream of one of the eight sizes is admitted", async () => {
    const open = (size: string) => MjpegClient.open(view.server.url, `video/mjpeg?size=${size}`);
    const clients = await Promise.all(Array.from({ length: 8 }, (_, i) => open(`${100 + i}x50`)));
    const refused = await fetch(`${view.server.url}video/mjpeg?size=200x50`);
    expect(refused.status).toBe(503);
    expect(await refused.text()).toMatch(/sent in 8 sizes already, .*107x50/);
    const another = await open("107x50");
    expect(another.status).toBe(200);
    for (const client of [...clients, another]) client.close();
  });
});
