import { describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { BLUE, GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";
import { frameMessage, SentFrames } from "./sent-frames.ts";
import { expectShowsThreeFrames, useView } from "./view-fixture.ts";
import { paints, pixelAt, setHidden, shows, showsPicture, showsTransport } from "./viewing.ts";

const view = useView();

/** Counts the page's decoded pictures, and holds back every decoding until it is let go. */
interface Decoder {
  open: number;
  most: number;
  running: number;
  release: (() => void)[];
  held: boolean;
}
const decoder = () => (window as unknown as { decoder: Decoder }).decoder;

async function watchDecoder(held: boolean): Promise<void> {
  await view.page.addInitScript((held) => {
    const decoder: Decoder = { open: 0, most: 0, running: 0, release: [], held };
    Object.assign(window, { decoder });
    const { close } = ImageBitmap.prototype;
    ImageBitmap.prototype.close = function () {
      decoder.open--;
      close.call(this);
    };
    const decode: (source: ImageBitmapSource) => Promise<ImageBitmap> = window.createImageBitmap.bind(window);
    window.createImageBitmap = async (source: ImageBitmapSource): Promise<ImageBitmap> => {
      decoder.running++;
      decoder.most = Math.max(decoder.most, decoder.running);
      try {
        if (decoder.held) await new Promise<void>((resolve) => decoder.release.push(resolve));
        const decoded = await decode(source);
        decoder.open++;
        return decoded;
      } finally {
        decoder.running--;
      }
    };
  }, held);
}

describe("frames on the page's own socket", () => {
  for (const query of ["", "?encoding=jpeg"]) {
    test(`${query || "unasked"}, are all that is needed: one socket, every picture, no MJPEG`, async () => {
      const asked: string[] = [];
      const sockets: string[] = [];
      view.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      view.page.on("websocket", (socket) => sockets.push(socket.url()));
      await view.page.goto(view.server.url + query);
      await showsPicture(view.page);
      await shows(view.page, RED);
      await showsTransport(view.page, "JPEG");
      view.renderer.draw(GREEN);
      await shows(view.page, GREEN);
      view.renderer.draw(BLUE, [400, 300]);
      await shows(view.page, BLUE);
      expect(asked).not.toContain("/video/mjpeg");
      expect(sockets).toHaveLength(1);
      expect(view.server.state.viewers).toMatchObject([{ transport: "jpeg", socket: true }]);
      expect(view.complaints).toEqual([]);
    });
  }

  test("a burst ends with its last frame, is decoded one at a time, and leaves no bitmap open", async () => {
    await watchDecoder(false);
    await view.page.goto(view.server.url);
    await showsPicture(view.page);
    for (let frame = 0; frame < 60; frame++) view.renderer.draw(frame % 2 === 0 ? RED : BLUE);
    view.renderer.draw(GREEN);
    await shows(view.page, GREEN);
    await view.page.waitForFunction(() => {
      const { running, open } = (window as unknown as { decoder: Decoder }).decoder;
      return running === 0 && open === 0;
    });
    expect((await view.page.evaluate(decoder)).most).toBe(1);
  });

  test("during a decoding the newest frame waits and the others are dropped; all are acknowledged in order", async () => {
    await watchDecoder(true);
    const frames = await SentFrames.on(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.asked.length === 1);
    const colors = [RED, BLUE, BLUE, BLUE, GREEN];
    const messages = await Promise.all(colors.map((color, at) => frameMessage(color, { frame: 11 + at })));
    for (const message of messages) frames.send(message);
    const letGo = () =>
      view.page.waitForFunction(() => {
        const next = (window as unknown as { decoder: Decoder }).decoder.release.shift();
        next?.();
        return next !== undefined;
      });
    await view.page.waitForFunction(() => (window as unknown as { decoder: Decoder }).decoder.running === 1);
    expect(frames.acknowledged).toEqual([]);
    await letGo();
    await shows(view.page, RED);
    await frames.until(() => frames.acknowledged.length >= 4);
    expect(frames.acknowledged).toEqual([11, 12, 13, 14]);
    await letGo();
    await shows(view.page, GREEN);
    await frames.until(() => frames.acknowledged.length === 5);
    expect(frames.acknowledged).toEqual([11, 12, 13, 14, 15]);
    expect(await view.page.evaluate(decoder)).toMatchObject({ open: 0, most: 1, running: 0 });
  });

  test("a picture that can not be read is acknowledged too, and the next one is shown", async () => {
    const frames = await SentFrames.on(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.asked.length === 1);
    const broken = await frameMessage(RED, { frame: 1 });
    frames.send(broken.subarray(0, 60));
    frames.send(Buffer.from("no frame at all"));
    frames.send(await frameMessage(GREEN, { frame: 2 }));
    await shows(view.page, GREEN);
    await frames.until(() => frames.acknowledged.length === 2);
    expect(frames.acknowledged).toEqual([1, 2]);
    expect(view.complaints).toEqual([]);
  });

  test("a canvas that fails once is replaced by another, and nothing is logged to the console", async () => {
    await view.page.addInitScript(() => {
      const { transferFromImageBitmap } = ImageBitmapRenderingContext.prototype;
      let paintings = 0;
      ImageBitmapRenderingContext.prototype.transferFromImageBitmap = function (bitmap) {
        if (++paintings === 2) throw new Error("The context is lost.");
        transferFromImageBitmap.call(this, bitmap);
      };
    });
    await expectShowsThreeFrames(view, view.server.url);
  });

  test("a browser whose canvas cannot show bitmaps gets MJPEG", async () => {
    await view.page.addInitScript(() => {
      ImageBitmapRenderingContext.prototype.transferFromImageBitmap = () => {
        throw new Error("There is no memory.");
      };
    });
    await view.page.goto(view.server.url);
    await shows(view.page, RED);
    await showsTransport(view.page, "MJPEG");
  });

  test("a draft of fewer pixels fills the same place to the last pixel, and so does the picture at rest after it", async () => {
    await view.page.emulateMedia({ colorScheme: "dark" });
    await view.page.setViewportSize({ width: 801, height: 601 });
    const frames = await SentFrames.on(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.asked.length === 1);
    const corners = [
      [0, 0],
      [800, 0],
      [0, 600],
      [800, 600],
    ] as const;
    const sizes = [
      [801, 601, RED],
      [400, 301, GREEN],
      [267, 200, BLUE],
      [801, 601, RED],
    ] as const;
    // Over the lower corners are the status and the buttons.
    await view.page.evaluate(() => {
      for (const panel of document.querySelectorAll(".panel")) panel.remove();
    });
    for (const [at, [width, height, color]] of sizes.entries()) {
      frames.send(await frameMessage(color, { frame: at + 1, width, height, still: at === 3 }));
      await shows(view.page, color);
      for (const [x, y] of corners) {
        await paints(view.page, x, y, (seen) =>
          seen.every((value, i) => Math.abs(value - (color[i] ?? 0)) < 30),
        );
      }
    }
    const box = await view.page.locator("#stage > .live").boundingBox();
    expect(box).toEqual({ x: 0, y: 0, width: 801, height: 601 });
  });

  test("the picture stays until the next one is decoded, whatever its size", async () => {
    await watchDecoder(false);
    const frames = await SentFrames.on(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.asked.length === 1);
    frames.send(await frameMessage(RED, { frame: 1 }));
    await shows(view.page, RED);
    // The screen follows what is drawn by a moment.
    await paints(view.page, 400, 300, ([red, green]) => red > 180 && green < 70);
    await view.page.evaluate(() => {
      (window as unknown as { decoder: Decoder }).decoder.held = true;
    });
    frames.send(await frameMessage(GREEN, { frame: 2, width: 640, height: 480 }));
    await view.page.waitForFunction(
      () => (window as unknown as { decoder: Decoder }).decoder.release.length === 1,
    );
    const [red, green] = await pixelAt(view.page, 400, 300);
    expect([red > 180, green < 70]).toEqual([true, true]);
    await view.page.evaluate(() => (window as unknown as { decoder: Decoder }).decoder.release[0]?.());
    await shows(view.page, GREEN);
  });

  test("the figures say quality, bitrate and how long the own input took to be seen", async () => {
    const frames = await SentFrames.on(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.asked.length === 1);
    frames.send(await frameMessage(RED, { frame: 1, qualityLevel: 2 }));
    await view.page.locator("#status-quality").filter({ hasText: /^low$/ }).waitFor();
    await view.page.mouse.move(300, 300);
    const { timestamp } = await view.renderer.event("mouseMove");
    const figures = [
      view.page
        .locator("#status-rate")
        .filter({ hasText: /^1 fps$/ })
        .waitFor(),
      view.page
        .locator("#status-bitrate")
        .filter({ hasText: /^\d+ kbit\/s$/ })
        .waitFor(),
      view.page.locator('#status-latency[title^="From your input"]').filter({ hasText: / ms$/ }).waitFor(),
      view.page
        .locator("#status-quality")
        .filter({ hasText: /^lossless$/ })
        .waitFor(),
    ];
    frames.send(await frameMessage(GREEN, { frame: 2, eventMs: timestamp, lossless: true }));
    await Promise.all(figures);
  });
});

describe("a page that is not seen", () => {
  test("asks for no frames, acknowledges those on their way, and takes them up again when it is", async () => {
    const frames = await SentFrames.on(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.asked.length === 1);
    frames.send(await frameMessage(RED, { frame: 1 }));
    await shows(view.page, RED);
    await setHidden(view.page, true);
    await frames.until(() => frames.asked.length === 2);
    frames.send(await frameMessage(BLUE, { frame: 2 }));
    await frames.until(() => frames.acknowledged.length === 2);
    expect(await view.page.locator("#stage > .live").count()).toBe(0);
    await setHidden(view.page, false);
    await frames.until(() => frames.asked.length === 3);
    // The last picture is there meanwhile.
    await paints(view.page, 400, 300, ([red, green]) => red > 180 && green < 70);
    frames.send(await frameMessage(GREEN, { frame: 3 }));
    await shows(view.page, GREEN);
    expect(frames.asked).toEqual(["jpeg", "none", "jpeg"]);
    expect(frames.acknowledged).toEqual([1, 2, 3]);
  });
});

describe("where no frames come", () => {
  test("though there is a picture, the page takes MJPEG, says so, and does not try again at once", async () => {
    const frames = await SentFrames.on(view.page);
    await view.page.goto(`${view.server.url}?encoding=jpeg`);
    await showsTransport(view.page, "MJPEG");
    await shows(view.page, RED);
    expect(await view.page.locator("#notice-text").textContent()).toBe(
      "The encoding “jpeg” is not available here; using MJPEG instead.",
    );
    expect(view.server.state.viewers).toMatchObject([{ transport: "mjpeg", socket: true }]);
    view.renderer.draw(GREEN);
    await shows(view.page, GREEN);
    await setHidden(view.page, true);
    await view.renderer.until(() => view.renderer.images.viewers === 0);
    await setHidden(view.page, false);
    await view.renderer.until(() => view.renderer.images.viewers === 1);
    await shows(view.page, GREEN);
    expect(await view.page.locator("#status-transport").textContent()).toBe("MJPEG");
    expect(frames.asked).toEqual(["jpeg", "none"]);
  });

  test("because the line is slow, it waits for what is on its way", async () => {
    await view.page.clock.install();
    const frames = await SentFrames.on(view.page, { slow: true });
    await view.page.goto(`${view.server.url}?encoding=jpeg`);
    await frames.until(() => frames.asked.length === 1);
    await view.page.clock.runFor(6000);
    frames.send(await frameMessage(BLUE, { frame: 1 }));
    frames.arrive();
    await shows(view.page, BLUE);
    expect(frames.asked).toEqual(["jpeg"]);
    expect(await view.page.locator("#status-transport").textContent()).toBe("JPEG");
  });

  test("because there is no picture yet, it waits for the first", async () => {
    const silent = await startServer({ port: 0 });
    using other = new PatternRenderer();
    silent.attach(other.names);
    await view.page.clock.install();
    await view.page.goto(silent.url);
    await view.page.locator("#notice-text").filter({ hasText: "Waiting for the first frame…" }).waitFor();
    await view.page.clock.runFor(6000);
    other.draw(BLUE);
    await shows(view.page, BLUE);
    expect(await view.page.locator("#status-transport").textContent()).toBe("JPEG");
    await view.page.close();
    await silent.stop();
  });
});
