import { describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { FrameInjector, frameMessage } from "./frame-injector.ts";
import {
  pixelAt,
  setHidden,
  waitForColor,
  waitForInputLatency,
  waitForMessage,
  waitForPixel,
  waitForStatistic,
  waitForTransport,
  waitForView,
} from "./page-assertions.ts";
import { BLUE, type Color, GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";
import { expectShowsThreeFrames, useView } from "./view-fixture.ts";

const view = useView();

/** Counters of the page's bitmaps, and the pending decodings while they are paused. */
interface Decoder {
  open: number;
  maxRunning: number;
  running: number;
  release: (() => void)[];
  isPaused: boolean;
}
const decoder = () => (window as unknown as { decoder: Decoder }).decoder;

async function instrumentDecoder(isPaused: boolean): Promise<void> {
  await view.page.addInitScript((isPaused) => {
    const decoder: Decoder = { open: 0, maxRunning: 0, running: 0, release: [], isPaused };
    Object.assign(window, { decoder });
    const { close } = ImageBitmap.prototype;
    ImageBitmap.prototype.close = function () {
      decoder.open--;
      close.call(this);
    };
    const decode: (source: ImageBitmapSource) => Promise<ImageBitmap> = window.createImageBitmap.bind(window);
    window.createImageBitmap = async (source: ImageBitmapSource): Promise<ImageBitmap> => {
      decoder.running++;
      decoder.maxRunning = Math.max(decoder.maxRunning, decoder.running);
      try {
        if (decoder.isPaused) await new Promise<void>((resolve) => decoder.release.push(resolve));
        const decoded = await decode(source);
        decoder.open++;
        return decoded;
      } finally {
        decoder.running--;
      }
    };
  }, isPaused);
}

describe("the stream of images on the page's socket", () => {
  for (const query of ["", "?encoding=jpeg"]) {
    test(`${query === "" ? "is the default" : `is used with ${query}`}, on one socket without MJPEG`, async () => {
      const requests: string[] = [];
      const sockets: string[] = [];
      view.page.on("request", (request) => requests.push(new URL(request.url()).pathname));
      view.page.on("websocket", (socket) => sockets.push(socket.url()));
      await view.page.goto(view.server.url + query);
      await waitForView(view.page);
      await waitForColor(view.page, RED);
      await waitForTransport(view.page, "JPEG");
      view.renderer.draw(GREEN);
      await waitForColor(view.page, GREEN);
      view.renderer.draw(BLUE, [400, 300]);
      await waitForColor(view.page, BLUE);
      expect(requests).not.toContain("/video/mjpeg");
      expect(sockets).toHaveLength(1);
      expect(view.server.state.viewers).toMatchObject([{ transport: "jpeg", socket: true }]);
      expect(view.consoleMessages).toEqual([]);
    });
  }

  test("the stream of images on the page's socket decodes a burst one frame at a time, ends with the last frame, and leaves no bitmap open", async () => {
    await instrumentDecoder(false);
    await view.page.goto(view.server.url);
    await waitForView(view.page);
    for (let frame = 0; frame < 60; frame++) view.renderer.draw(frame % 2 === 0 ? RED : BLUE);
    view.renderer.draw(GREEN);
    await waitForColor(view.page, GREEN);
    await view.page.waitForFunction(() => {
      const { running, open } = (window as unknown as { decoder: Decoder }).decoder;
      return running === 0 && open === 0;
    });
    expect((await view.page.evaluate(decoder)).maxRunning).toBe(1);
  });

  test("the stream of images on the page's socket drops all but the newest of the frames that arrive during a decoding, and acknowledges all in order", async () => {
    await instrumentDecoder(true);
    const frames = await FrameInjector.interceptSocket(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.requested.length === 1);
    const colors = [RED, BLUE, BLUE, BLUE, GREEN];
    const messages = await Promise.all(colors.map((color, at) => frameMessage(color, { frame: 11 + at })));
    for (const message of messages) frames.send(message);
    const finishDecoding = () =>
      view.page.waitForFunction(() => {
        const next = (window as unknown as { decoder: Decoder }).decoder.release.shift();
        next?.();
        return next !== undefined;
      });
    await view.page.waitForFunction(() => (window as unknown as { decoder: Decoder }).decoder.running === 1);
    expect(frames.acknowledged).toEqual([]);
    await finishDecoding();
    await waitForColor(view.page, RED);
    await frames.until(() => frames.acknowledged.length >= 4);
    expect(frames.acknowledged).toEqual([11, 12, 13, 14]);
    await finishDecoding();
    await waitForColor(view.page, GREEN);
    await frames.until(() => frames.acknowledged.length === 5);
    expect(frames.acknowledged).toEqual([11, 12, 13, 14, 15]);
    expect(await view.page.evaluate(decoder)).toMatchObject({ open: 0, maxRunning: 1, running: 0 });
  });

  test("acknowledges a malformed image and shows the next frame", async () => {
    const frames = await FrameInjector.interceptSocket(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.requested.length === 1);
    const malformed = await frameMessage(RED, { frame: 1 });
    frames.send(malformed.subarray(0, 60));
    frames.send(Buffer.from("not a frame"));
    frames.send(await frameMessage(GREEN, { frame: 2 }));
    await waitForColor(view.page, GREEN);
    await frames.until(() => frames.acknowledged.length === 2);
    expect(frames.acknowledged).toEqual([1, 2]);
    expect(view.consoleMessages).toEqual([]);
  });

  test("replaces a canvas that failed once, and logs nothing to the console", async () => {
    await view.page.addInitScript(() => {
      const { transferFromImageBitmap } = ImageBitmapRenderingContext.prototype;
      let paintCount = 0;
      ImageBitmapRenderingContext.prototype.transferFromImageBitmap = function (bitmap) {
        if (++paintCount === 2) throw new Error("The context is lost.");
        transferFromImageBitmap.call(this, bitmap);
      };
    });
    await expectShowsThreeFrames(view, view.server.url);
  });

  test("the stream of images on the page's socket falls back to MJPEG if the canvas cannot show bitmaps", async () => {
    await view.page.addInitScript(() => {
      ImageBitmapRenderingContext.prototype.transferFromImageBitmap = () => {
        throw new Error("There is no memory.");
      };
    });
    await view.page.goto(view.server.url);
    await waitForColor(view.page, RED);
    await waitForTransport(view.page, "MJPEG");
  });

  test("the stream of images on the page's socket shows a draft with fewer pixels at the same size as the full view, to the pixel", async () => {
    await view.page.emulateMedia({ colorScheme: "dark" });
    await view.page.setViewportSize({ width: 801, height: 601 });
    const frames = await FrameInjector.interceptSocket(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.requested.length === 1);
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
    // The status line and the buttons cover the lower corners.
    await view.page.evaluate(() => {
      for (const panel of document.querySelectorAll(".panel")) panel.remove();
    });
    for (const [at, [width, height, color]] of sizes.entries()) {
      frames.send(await frameMessage(color, { frame: at + 1, width, height, still: at === 3 }));
      await waitForColor(view.page, color);
      for (const [x, y] of corners) {
        await waitForPixel(view.page, x, y, (seen) =>
          seen.every((value, i) => Math.abs(value - (color[i] ?? 0)) < 30),
        );
      }
    }
    const box = await view.page.locator("#stage > .live").boundingBox();
    expect(box).toEqual({ x: 0, y: 0, width: 801, height: 601 });
  });

  test("the stream of images on the page's socket shows a frame until the next one is decoded, whatever its size", async () => {
    await instrumentDecoder(false);
    const frames = await FrameInjector.interceptSocket(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.requested.length === 1);
    frames.send(await frameMessage(RED, { frame: 1 }));
    await waitForColor(view.page, RED);
    // The compositor shows the canvas a moment after it was drawn.
    await waitForPixel(view.page, 400, 300, ([red, green]) => red > 180 && green < 70);
    await view.page.evaluate(() => {
      (window as unknown as { decoder: Decoder }).decoder.isPaused = true;
    });
    frames.send(await frameMessage(GREEN, { frame: 2, width: 640, height: 480 }));
    await view.page.waitForFunction(
      () => (window as unknown as { decoder: Decoder }).decoder.release.length === 1,
    );
    const [red, green] = await pixelAt(view.page, 400, 300);
    expect([red > 180, green < 70]).toEqual([true, true]);
    await view.page.evaluate(() => (window as unknown as { decoder: Decoder }).decoder.release[0]?.());
    await waitForColor(view.page, GREEN);
  });

  test("shows the sharp picture of a still view at once, below the last frame of the movement, which fades out", async () => {
    const frames = await FrameInjector.interceptSocket(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.requested.length === 1);
    const drafts = view.page.locator("#stage > .draft");
    const show = async (color: Color, frame: number, still: boolean) => {
      frames.send(await frameMessage(color, { frame, still }));
      await waitForColor(view.page, color);
      expect(await view.page.locator("#stage > .live").count()).toBe(1);
      return drafts.count();
    };
    expect(await show(RED, 1, true)).toBe(0);
    expect(await show(GREEN, 2, false)).toBe(0);
    expect(await show(BLUE, 3, true)).toBe(1);
    await waitForColor(view.page, GREEN, "#stage > .draft");
    const animations = () => document.querySelector("#stage > .draft")?.getAnimations().length;
    while ((await view.page.evaluate(animations)) !== 0);
    await waitForPixel(view.page, 400, 300, ([, , blue]) => blue > 180);
    // Refinements of the same picture do not fade.
    expect(await show(RED, 4, true)).toBe(1);
    await waitForPixel(view.page, 400, 300, ([red]) => red > 180);
    expect(await show(GREEN, 5, false)).toBe(0);
    await view.page.emulateMedia({ reducedMotion: "reduce" });
    expect(await show(BLUE, 6, true)).toBe(1);
    expect(await view.page.evaluate(animations)).toBe(0);
    expect(frames.acknowledged).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("fills the status line with quality, bitrate and input latency", async () => {
    const frames = await FrameInjector.interceptSocket(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.requested.length === 1);
    frames.send(await frameMessage(RED, { frame: 1, qualityLevel: 2 }));
    await waitForStatistic(view.page, "quality", /^low$/);
    await view.page.mouse.move(300, 300);
    const { timestamp } = await view.renderer.event("mouseMove");
    const figures = [
      waitForStatistic(view.page, "rate", /^1 fps$/),
      waitForStatistic(view.page, "bitrate", /^\d+ kbit\/s$/),
      waitForInputLatency(view.page),
      waitForStatistic(view.page, "quality", /^lossless$/),
    ];
    frames.send(await frameMessage(GREEN, { frame: 2, eventMs: timestamp, lossless: true }));
    await Promise.all(figures);
  });
});

describe("a hidden page", () => {
  test("a hidden page stops its frames, acknowledges those in flight, and requests frames again when it is visible", async () => {
    const frames = await FrameInjector.interceptSocket(view.page);
    await view.page.goto(view.server.url);
    await frames.until(() => frames.requested.length === 1);
    frames.send(await frameMessage(RED, { frame: 1 }));
    await waitForColor(view.page, RED);
    await setHidden(view.page, true);
    await frames.until(() => frames.requested.length === 2);
    frames.send(await frameMessage(BLUE, { frame: 2 }));
    await frames.until(() => frames.acknowledged.length === 2);
    expect(await view.page.locator("#stage > .live").count()).toBe(0);
    await setHidden(view.page, false);
    await frames.until(() => frames.requested.length === 3);
    // The last frame stays visible.
    await waitForPixel(view.page, 400, 300, ([red, green]) => red > 180 && green < 70);
    frames.send(await frameMessage(GREEN, { frame: 3 }));
    await waitForColor(view.page, GREEN);
    expect(frames.requested).toEqual(["jpeg", "none", "jpeg"]);
    expect(frames.acknowledged).toEqual([1, 2, 3]);
  });
});

describe("a page that receives no frames on its socket", () => {
  test("a page that receives no frames on its socket falls back to MJPEG with a note if the renderer has a frame, and does not retry immediately", async () => {
    const frames = await FrameInjector.interceptSocket(view.page);
    await view.page.goto(`${view.server.url}?encoding=jpeg`);
    await waitForTransport(view.page, "MJPEG");
    await waitForColor(view.page, RED);
    expect(await view.page.locator("#notice-text").textContent()).toBe(
      "The encoding “jpeg” is not available here; using MJPEG instead.",
    );
    expect(view.server.state.viewers).toMatchObject([{ transport: "mjpeg", socket: true }]);
    view.renderer.draw(GREEN);
    await waitForColor(view.page, GREEN);
    await setHidden(view.page, true);
    await view.renderer.until(() => view.renderer.images.viewers === 0);
    await setHidden(view.page, false);
    await view.renderer.until(() => view.renderer.images.viewers === 1);
    await waitForColor(view.page, GREEN);
    expect(await view.page.locator("#status-transport").textContent()).toBe("MJPEG");
    expect(frames.requested).toEqual(["jpeg", "none"]);
  });

  test("a page that receives no frames on its socket does not fall back on a slow connection whose frame is in flight", async () => {
    await view.page.clock.install();
    const frames = await FrameInjector.interceptSocket(view.page, { slow: true });
    await view.page.goto(`${view.server.url}?encoding=jpeg`);
    await frames.until(() => frames.requested.length === 1);
    await view.page.clock.runFor(6000);
    frames.send(await frameMessage(BLUE, { frame: 1 }));
    frames.releaseDelayed();
    await waitForColor(view.page, BLUE);
    expect(frames.requested).toEqual(["jpeg"]);
    expect(await view.page.locator("#status-transport").textContent()).toBe("JPEG");
  });

  test("a page that receives no frames on its socket does not fall back while the renderer has no frame", async () => {
    await using serverWithoutFrames = await startServer({ port: 0 });
    using other = new PatternRenderer();
    serverWithoutFrames.attach(other.names);
    await view.page.clock.install();
    await view.page.goto(serverWithoutFrames.url);
    await waitForMessage(view.page, "Waiting for the first frame…");
    await view.page.clock.runFor(6000);
    other.draw(BLUE);
    await waitForColor(view.page, BLUE);
    expect(await view.page.locator("#status-transport").textContent()).toBe("JPEG");
    await view.page.close();
  });
});
