import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { type ScenecastServer, startServer } from "../../src/server/server.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { BLUE, GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";
import { frameMessage, SentFrames } from "./sent-frames.ts";
import { isServedHere, paints, pixelAt, setHidden, shows, showsPicture } from "./viewing.ts";

let browser: TestBrowser;
let page: Page;
let server: ScenecastServer;
let renderer: PatternRenderer;
let complaints: string[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser[Symbol.asyncDispose]());

beforeEach(async () => {
  for (const old of browser.context.pages()) await old.close();
  page = await browser.context.newPage();
  await isServedHere(page);
  complaints = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  server = await startServer({ port: 0 });
  renderer = new PatternRenderer();
  server.attach(renderer.names);
  renderer.draw(RED);
});
afterEach(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

const transportIs = (name: string) =>
  page
    .locator("#status-transport")
    .filter({ hasText: new RegExp(`^${name}$`) })
    .waitFor();

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
  await page.addInitScript((held) => {
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
      page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      page.on("websocket", (socket) => sockets.push(socket.url()));
      await page.goto(server.url + query);
      await showsPicture(page);
      await shows(page, RED);
      await transportIs("JPEG");
      renderer.draw(GREEN);
      await shows(page, GREEN);
      renderer.draw(BLUE, [400, 300]);
      await shows(page, BLUE);
      expect(asked).not.toContain("/video/mjpeg");
      expect(sockets).toHaveLength(1);
      expect(server.state.viewers).toMatchObject([{ transport: "jpeg", socket: true }]);
      expect(complaints).toEqual([]);
    });
  }

  test("a burst ends with its last frame, one decoding at a time, and nothing stays open", async () => {
    await watchDecoder(false);
    await page.goto(server.url);
    await showsPicture(page);
    for (let frame = 0; frame < 60; frame++) renderer.draw(frame % 2 === 0 ? RED : BLUE);
    renderer.draw(GREEN);
    await shows(page, GREEN);
    await page.waitForFunction(() => {
      const { running, open } = (window as unknown as { decoder: Decoder }).decoder;
      return running === 0 && open === 0;
    });
    expect((await page.evaluate(decoder)).most).toBe(1);
  });

  test("while one is decoded the newest waits and the others are dropped; each is acknowledged, in order", async () => {
    await watchDecoder(true);
    const frames = await SentFrames.on(page);
    await page.goto(server.url);
    await frames.until(() => frames.asked.length === 1);
    const colors = [RED, BLUE, BLUE, BLUE, GREEN];
    const messages = await Promise.all(colors.map((color, at) => frameMessage(color, { frame: 11 + at })));
    for (const message of messages) frames.send(message);
    const letGo = () =>
      page.waitForFunction(() => {
        const next = (window as unknown as { decoder: Decoder }).decoder.release.shift();
        next?.();
        return next !== undefined;
      });
    await page.waitForFunction(() => (window as unknown as { decoder: Decoder }).decoder.running === 1);
    expect(frames.acknowledged).toEqual([]);
    await letGo();
    await shows(page, RED);
    await frames.until(() => frames.acknowledged.length >= 4);
    expect(frames.acknowledged).toEqual([11, 12, 13, 14]);
    await letGo();
    await shows(page, GREEN);
    await frames.until(() => frames.acknowledged.length === 5);
    expect(frames.acknowledged).toEqual([11, 12, 13, 14, 15]);
    expect(await page.evaluate(decoder)).toMatchObject({ open: 0, most: 1, running: 0 });
  });

  test("a picture that can not be read is acknowledged too, and the next one is shown", async () => {
    const frames = await SentFrames.on(page);
    await page.goto(server.url);
    await frames.until(() => frames.asked.length === 1);
    const broken = await frameMessage(RED, { frame: 1 });
    frames.send(broken.subarray(0, 60));
    frames.send(Buffer.from("no frame at all"));
    frames.send(await frameMessage(GREEN, { frame: 2 }));
    await shows(page, GREEN);
    await frames.until(() => frames.acknowledged.length === 2);
    expect(frames.acknowledged).toEqual([1, 2]);
    expect(complaints).toEqual([]);
  });

  test("a canvas that fails once is replaced by another, and the page says nothing to the console", async () => {
    await page.addInitScript(() => {
      const { transferFromImageBitmap } = ImageBitmapRenderingContext.prototype;
      let paintings = 0;
      ImageBitmapRenderingContext.prototype.transferFromImageBitmap = function (bitmap) {
        if (++paintings === 2) throw new Error("The context is lost.");
        transferFromImageBitmap.call(this, bitmap);
      };
    });
    await page.goto(server.url);
    await shows(page, RED);
    renderer.draw(GREEN);
    await shows(page, GREEN);
    renderer.draw(BLUE);
    await shows(page, BLUE);
    expect(complaints).toEqual([]);
  });

  test("a browser whose canvas takes no pictures gets MJPEG", async () => {
    await page.addInitScript(() => {
      ImageBitmapRenderingContext.prototype.transferFromImageBitmap = () => {
        throw new Error("There is no memory.");
      };
    });
    await page.goto(server.url);
    await shows(page, RED);
    await transportIs("MJPEG");
  });

  test("a draft of fewer pixels fills the same place to the last pixel, and so does the picture at rest after it", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 801, height: 601 });
    const frames = await SentFrames.on(page);
    await page.goto(server.url);
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
    await page.evaluate(() => {
      for (const panel of document.querySelectorAll(".panel")) panel.remove();
    });
    for (const [at, [width, height, color]] of sizes.entries()) {
      frames.send(await frameMessage(color, { frame: at + 1, width, height, still: at === 3 }));
      await shows(page, color);
      for (const [x, y] of corners) {
        await paints(page, x, y, (seen) => seen.every((value, i) => Math.abs(value - (color[i] ?? 0)) < 30));
      }
    }
    const box = await page.locator("#stage > .live").boundingBox();
    expect(box).toEqual({ x: 0, y: 0, width: 801, height: 601 });
  });

  test("the picture stays until the next one is decoded, whatever size that has", async () => {
    await watchDecoder(false);
    const frames = await SentFrames.on(page);
    await page.goto(server.url);
    await frames.until(() => frames.asked.length === 1);
    frames.send(await frameMessage(RED, { frame: 1 }));
    await shows(page, RED);
    // The screen follows what is drawn by a moment.
    await paints(page, 400, 300, ([red, green]) => red > 180 && green < 70);
    await page.evaluate(() => {
      (window as unknown as { decoder: Decoder }).decoder.held = true;
    });
    frames.send(await frameMessage(GREEN, { frame: 2, width: 640, height: 480 }));
    await page.waitForFunction(
      () => (window as unknown as { decoder: Decoder }).decoder.release.length === 1,
    );
    const [red, green] = await pixelAt(page, 400, 300);
    expect([red > 180, green < 70]).toEqual([true, true]);
    await page.evaluate(() => (window as unknown as { decoder: Decoder }).decoder.release[0]?.());
    await shows(page, GREEN);
  });

  test("the figures say quality, bitrate and how long the own input took to be seen", async () => {
    const frames = await SentFrames.on(page);
    await page.goto(server.url);
    await frames.until(() => frames.asked.length === 1);
    frames.send(await frameMessage(RED, { frame: 1, tier: 2 }));
    await page
      .locator("#status-quality")
      .filter({ hasText: /^coarse$/ })
      .waitFor();
    await page.mouse.move(300, 300);
    const { timestamp } = await renderer.event("mouseMove");
    const figures = [
      page
        .locator("#status-rate")
        .filter({ hasText: /^1 fps$/ })
        .waitFor(),
      page
        .locator("#status-bitrate")
        .filter({ hasText: /^\d+ kbit\/s$/ })
        .waitFor(),
      page.locator('#status-latency[title^="From your input"]').filter({ hasText: / ms$/ }).waitFor(),
      page
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
    const frames = await SentFrames.on(page);
    await page.goto(server.url);
    await frames.until(() => frames.asked.length === 1);
    frames.send(await frameMessage(RED, { frame: 1 }));
    await shows(page, RED);
    await setHidden(page, true);
    await frames.until(() => frames.asked.length === 2);
    frames.send(await frameMessage(BLUE, { frame: 2 }));
    await frames.until(() => frames.acknowledged.length === 2);
    expect(await page.locator("#stage > .live").count()).toBe(0);
    await setHidden(page, false);
    await frames.until(() => frames.asked.length === 3);
    // The last picture is there meanwhile.
    await paints(page, 400, 300, ([red, green]) => red > 180 && green < 70);
    frames.send(await frameMessage(GREEN, { frame: 3 }));
    await shows(page, GREEN);
    expect(frames.asked).toEqual(["jpeg", "none", "jpeg"]);
    expect(frames.acknowledged).toEqual([1, 2, 3]);
  });
});

describe("where no frames come", () => {
  test("though there is a picture, the page takes MJPEG, says so, and does not try again at once", async () => {
    const frames = await SentFrames.on(page);
    await page.goto(`${server.url}?encoding=jpeg`);
    await transportIs("MJPEG");
    await shows(page, RED);
    expect(await page.locator("#notice-text").textContent()).toBe(
      "The encoding “jpeg” is not available here; the picture comes as MJPEG.",
    );
    expect(server.state.viewers).toMatchObject([{ transport: "mjpeg", socket: true }]);
    renderer.draw(GREEN);
    await shows(page, GREEN);
    await setHidden(page, true);
    await renderer.until(() => renderer.images.viewers === 0);
    await setHidden(page, false);
    await renderer.until(() => renderer.images.viewers === 1);
    await shows(page, GREEN);
    expect(await page.locator("#status-transport").textContent()).toBe("MJPEG");
    expect(frames.asked).toEqual(["jpeg", "none"]);
  });

  test("because the line is slow, it waits for what is on its way", async () => {
    await page.clock.install();
    const frames = await SentFrames.on(page, { slow: true });
    await page.goto(`${server.url}?encoding=jpeg`);
    await frames.until(() => frames.asked.length === 1);
    await page.clock.runFor(6000);
    frames.send(await frameMessage(BLUE, { frame: 1 }));
    frames.arrive();
    await shows(page, BLUE);
    expect(frames.asked).toEqual(["jpeg"]);
    expect(await page.locator("#status-transport").textContent()).toBe("JPEG");
  });

  test("because there is no picture yet, it waits for the first", async () => {
    const silent = await startServer({ port: 0 });
    using other = new PatternRenderer();
    silent.attach(other.names);
    await page.clock.install();
    await page.goto(silent.url);
    await page.locator("#notice-text").filter({ hasText: "Waiting for the first frame…" }).waitFor();
    await page.clock.runFor(6000);
    other.draw(BLUE);
    await shows(page, BLUE);
    expect(await page.locator("#status-transport").textContent()).toBe("JPEG");
    await page.close();
    await silent.stop();
  });
});
