import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Page, WebSocketRoute } from "playwright-core";
import { FRAME_HEADER_BYTES, readFrameMessage, writeFrameHeader } from "../../src/server/frame-header.ts";
import { type ScenecastServer, startServer } from "../../src/server/server.ts";
import { eventually } from "../server/clients.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { ShapingProxy } from "../support/shaping-proxy.ts";
import { BLUE, GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";
import { isServedHere, paints, setHidden, shows, showsPicture } from "./viewing.ts";

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

const address = () => `${server.url}?encoding=video`;
const transportIs = (name: string) =>
  page
    .locator("#status-transport")
    .filter({ hasText: new RegExp(`^${name}$`) })
    .waitFor();

/** Between page and server: what the page asks for, and a way to send it frames that the server did not. */
async function between(): Promise<{ asked: string[]; inject: (message: Buffer) => void }> {
  const asked: string[] = [];
  let route: WebSocketRoute | undefined;
  await page.routeWebSocket(/\/ws\?/, (socket) => {
    route = socket;
    const upstream = socket.connectToServer();
    socket.onMessage((message) => {
      const { type, encoding } = JSON.parse(String(message));
      if (type === "frames" || type === "keyframe") asked.push(encoding ?? type);
      upstream.send(message);
    });
    upstream.onMessage((message) => socket.send(message));
  });
  return { asked, inject: (message) => route?.send(message) };
}

/** A message that says of itself that it is a frame of VP8, and is none. */
function brokenFrame(keyframe: boolean): Buffer {
  const message = Buffer.alloc(FRAME_HEADER_BYTES + 100, 0xff);
  const unknown = { eventMs: null, renderMs: null, renderedAtMs: 0, sentAtMs: 0 };
  writeFrameHeader(
    {
      ...{ format: "vp8", tier: 0, still: false, lossless: false, keyframe, frame: 0xffff_ffff },
      ...{ width: 640, height: 360, ...unknown },
    },
    message,
  );
  return message;
}

describe("video on the page's own socket", () => {
  test("shows every picture that rests, of any size, odd ones too, and says how it comes", async () => {
    await page.goto(address());
    await showsPicture(page);
    await shows(page, RED);
    await transportIs("VP8");
    for (const [color, size] of [
      [GREEN, [640, 360]],
      [BLUE, [401, 303]],
      [RED, [1280, 960]],
      [GREEN, [1, 1]],
      [BLUE, [640, 360]],
    ] as const) {
      renderer.draw(color, size);
      // A picture of one pixel is all white.
      if (size[0] > 1) await shows(page, color);
      await page.waitForFunction(([width, height]) => {
        const shown = document.querySelector<HTMLVideoElement | HTMLCanvasElement>("#stage > .live");
        return shown instanceof HTMLVideoElement
          ? shown.videoWidth === width && shown.videoHeight === height
          : shown?.width === width && shown.height === height;
      }, size);
    }
    expect(server.state.viewers).toMatchObject([{ transport: "video", socket: true }]);
    expect(complaints).toEqual([]);
  });

  test.each(["as a video track", "on a canvas"])(
    "painted %s, has the colours and the places of the picture",
    async (how) => {
      if (how === "on a canvas") {
        await page.addInitScript(() => Reflect.deleteProperty(globalThis, "MediaStreamTrackGenerator"));
      }
      await page.goto(address());
      await shows(page, RED);
      const element = await page.locator("#stage > .live").evaluate(({ tagName }) => tagName);
      expect(element).toBe(how === "on a canvas" ? "CANVAS" : "VIDEO");
      for (const color of [GREEN, BLUE, RED]) {
        renderer.draw(color, [640, 360], { still: true });
        await page.waitForFunction((wanted) => {
          const shown = document.querySelector<HTMLVideoElement | HTMLCanvasElement>("#stage > .live");
          const context = new OffscreenCanvas(640, 360).getContext("2d");
          if (shown === null || context === null) return false;
          context.drawImage(shown, 0, 0);
          const isAt = (x: number, y: number, color: readonly number[]) => {
            const seen = context.getImageData(x, y, 1, 1).data;
            return color.every((value, channel) => Math.abs((seen[channel] ?? Number.NaN) - value) < 7);
          };
          return isAt(100, 60, [255, 255, 255]) && isAt(500, 60, wanted) && isAt(100, 300, wanted);
        }, color);
        // As the screen shows it, which takes another path than a canvas that draws it.
        await paints(page, 600, 300, (seen) =>
          seen.every((value, i) => Math.abs(value - (color[i] ?? 0)) < 7),
        );
      }
    },
  );

  test("ends a burst with its last picture", async () => {
    await page.goto(address());
    await showsPicture(page);
    for (let frame = 0; frame < 60; frame++) renderer.draw(frame % 2 === 0 ? RED : BLUE);
    renderer.draw(GREEN);
    await shows(page, GREEN);
  });

  test("falls silent when the view rests", async () => {
    renderer.draw(GREEN, [640, 360], { still: true });
    await page.goto(address());
    await shows(page, GREEN);
    let frames = 0;
    let changedAt = performance.now();
    await eventually(
      () => {
        const sent = server.state.viewers[0]?.frames ?? 0;
        if (sent !== frames) changedAt = performance.now();
        frames = sent;
        return performance.now() - changedAt > 1500;
      },
      "no more frames come",
      60_000,
    );
    expect(server.state.viewers[0]?.skipped).toBe(0);
  });

  test("goes on after its decoder has failed, with a keyframe that it asked for", async () => {
    const { asked, inject } = await between();
    await page.goto(address());
    await shows(page, RED);
    const before = server.state.video.keyframes;
    for (const keyframe of [true, false]) {
      inject(brokenFrame(keyframe));
      await eventually(() => asked.filter((what) => what === "keyframe").length > 0, "the page asks");
      asked.splice(0);
      renderer.draw(keyframe ? GREEN : BLUE);
      await shows(page, keyframe ? GREEN : BLUE);
    }
    expect(server.state.video.keyframes).toBeGreaterThan(before);
    expect(complaints).toEqual([]);
  });

  test.each(["as a video track", "on a canvas"])(
    "goes on after a picture could not be painted %s",
    async (how) => {
      await page.addInitScript((how) => {
        let paintings = 0;
        const failOnce = () => {
          if (++paintings === 2) throw new Error("The context is lost.");
        };
        if (how === "on a canvas") {
          Reflect.deleteProperty(globalThis, "MediaStreamTrackGenerator");
          const { drawImage } = CanvasRenderingContext2D.prototype;
          CanvasRenderingContext2D.prototype.drawImage = function (this: unknown, ...args: unknown[]) {
            if (args[0] instanceof VideoFrame) failOnce();
            Reflect.apply(drawImage, this, args);
          };
        } else {
          const { write } = WritableStreamDefaultWriter.prototype;
          WritableStreamDefaultWriter.prototype.write = async function (picture) {
            failOnce();
            await write.call(this, picture);
          };
        }
      }, how);
      await page.goto(address());
      await shows(page, RED);
      renderer.draw(GREEN);
      await shows(page, GREEN);
      renderer.draw(BLUE);
      await shows(page, BLUE);
      expect(complaints).toEqual([]);
    },
  );

  test("ends when the page is not seen, with its encoder, and comes again when it is", async () => {
    await page.goto(address());
    await shows(page, RED);
    await setHidden(page, true);
    await renderer.until(() => renderer.images.viewers === 0);
    await eventually(
      () => server.state.video.tiers.every(({ bitrate }) => bitrate === 0),
      "nothing is encoded",
    );
    renderer.draw(GREEN);
    await setHidden(page, false);
    await shows(page, GREEN);
  });

  test("many pages that come one after the other all have the picture", async () => {
    const pages = await Promise.all(Array.from({ length: 4 }, () => browser.context.newPage()));
    await Promise.all(pages.map((each) => each.goto(address())));
    renderer.draw(GREEN);
    for (const each of pages) await shows(each, GREEN);
    renderer.draw(BLUE);
    for (const each of pages) await shows(each, BLUE);
    expect(server.state.viewers).toHaveLength(4);
    for (const each of pages) await each.close();
  });
});

test("comes first through a tunnel, where a page on localhost has its server far away", async () => {
  using tunnel = new ShapingProxy(server.url, { bytesPerMs: 500, delayMs: 40 });
  // A page of its own: the others are told that their server is near.
  const far = await browser.context.newPage();
  let offers = 0;
  far.on("request", (request) => {
    if (new URL(request.url()).pathname === "/offer") offers++;
  });
  await far.goto(tunnel.url);
  await shows(far, RED);
  renderer.draw(GREEN);
  await shows(far, GREEN);
  expect(await far.locator("#status-transport").textContent()).toBe("VP8");
  expect(offers).toBe(0);
});

test("where the browser has no decoder the picture comes as JPEG, and the page says so", async () => {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "VideoDecoder"));
  await page.goto(address());
  await shows(page, RED);
  await transportIs("JPEG");
  expect(await page.locator("#notice-text").textContent()).toBe(
    "The encoding “video” is not available here; the picture comes as JPEG.",
  );
});

test("what is sent is VP8 with a header that says so", async () => {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  await page.routeWebSocket(/\/ws\?/, (socket) => {
    const upstream = socket.connectToServer();
    upstream.onMessage((message) => {
      if (typeof message !== "string") resolve(message);
      socket.send(message);
    });
  });
  await page.goto(address());
  const message = await promise;
  const frame = readFrameMessage(new Uint8Array(message).buffer);
  expect(frame?.header).toMatchObject({ format: "vp8", keyframe: true, width: 640, height: 360, frame: 1 });
  // RFC 6386, 9.1: a keyframe's start code, behind three bytes.
  expect([...(frame?.picture.subarray(3, 6) ?? [])]).toEqual([0x9d, 0x01, 0x2a]);
});
