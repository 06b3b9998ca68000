import { describe, expect, test } from "bun:test";
import type { WebSocketRoute } from "playwright-core";
import { FRAME_HEADER_BYTES, readFrameMessage, writeFrameHeader } from "../../src/protocol/frame-header.ts";
import { eventually } from "../server/clients.ts";
import { ShapingProxy } from "../support/shaping-proxy.ts";
import { setHidden, waitForColor, waitForPixel, waitForTransport, waitForView } from "./page-assertions.ts";
import { BLUE, GREEN, RED } from "./pattern-renderer.ts";
import { expectShowsThreeFrames, useView } from "./view-fixture.ts";

const view = useView();

const address = () => `${view.server.url}?encoding=video`;

/** Intercepts the page's socket: records its requests, and injects frames. */
async function interceptSocket(): Promise<{ requests: string[]; inject: (message: Buffer) => void }> {
  const requests: string[] = [];
  let route: WebSocketRoute | undefined;
  await view.page.routeWebSocket(/\/ws\?/, (socket) => {
    route = socket;
    const upstream = socket.connectToServer();
    socket.onMessage((message) => {
      const { type, encoding } = JSON.parse(String(message));
      if (type === "frames" || type === "keyframe") requests.push(encoding ?? type);
      upstream.send(message);
    });
    upstream.onMessage((message) => socket.send(message));
  });
  return { requests, inject: (message) => route?.send(message) };
}

/** A message with the header of a VP8 frame and an invalid payload. */
function malformedFrame(keyframe: boolean): Buffer {
  const message = Buffer.alloc(FRAME_HEADER_BYTES + 100, 0xff);
  const unknownTimes = { eventMs: null, renderMs: null, renderedAtMs: 0, sentAtMs: 0 };
  writeFrameHeader(
    {
      ...{ format: "vp8", qualityLevel: 0, still: false, lossless: false, keyframe, frame: 0xffff_ffff },
      ...{ width: 640, height: 360, ...unknownTimes },
    },
    message,
  );
  return message;
}

describe("the video on the page's socket", () => {
  test("the video on the page's socket shows still frames of any size, including odd ones, and names its transport", async () => {
    await view.page.goto(address());
    await waitForView(view.page);
    await waitForColor(view.page, RED);
    await waitForTransport(view.page, "VP8");
    for (const [color, size] of [
      [GREEN, [640, 360]],
      [BLUE, [401, 303]],
      [RED, [1280, 960]],
      [GREEN, [1, 1]],
      [BLUE, [640, 360]],
    ] as const) {
      view.renderer.draw(color, size);
      // A frame of one pixel is white.
      if (size[0] > 1) await waitForColor(view.page, color);
      await view.page.waitForFunction(([width, height]) => {
        const shown = document.querySelector<HTMLVideoElement | HTMLCanvasElement>("#stage > .live");
        return shown instanceof HTMLVideoElement
          ? shown.videoWidth === width && shown.videoHeight === height
          : shown?.width === width && shown.height === height;
      }, size);
    }
    expect(view.server.state.viewers).toMatchObject([{ transport: "video", socket: true }]);
    expect(view.consoleMessages).toEqual([]);
  });

  test.each(["as a video track", "on a canvas"])(
    "the video on the page's socket has the rendered colors at the right positions if painted %s",
    async (painter) => {
      if (painter === "on a canvas") {
        await view.page.addInitScript(() => Reflect.deleteProperty(globalThis, "MediaStreamTrackGenerator"));
      }
      await view.page.goto(address());
      await waitForColor(view.page, RED);
      const element = await view.page.locator("#stage > .live").evaluate(({ tagName }) => tagName);
      expect(element).toBe(painter === "on a canvas" ? "CANVAS" : "VIDEO");
      for (const color of [GREEN, BLUE, RED]) {
        view.renderer.draw(color, [640, 360], { still: true });
        await view.page.waitForFunction((wanted) => {
          const shown = document.querySelector<HTMLVideoElement | HTMLCanvasElement>("#stage > .live");
          const context = new OffscreenCanvas(640, 360).getContext("2d");
          if (shown === null || context === null) return false;
          context.drawImage(shown, 0, 0);
          const hasColorAt = (x: number, y: number, color: readonly number[]) => {
            const seen = context.getImageData(x, y, 1, 1).data;
            return color.every((value, channel) => Math.abs((seen[channel] ?? Number.NaN) - value) < 7);
          };
          return (
            hasColorAt(100, 60, [255, 255, 255]) &&
            hasColorAt(500, 60, wanted) &&
            hasColorAt(100, 300, wanted)
          );
        }, color);
        // The compositor converts colors by another path than drawImage.
        await waitForPixel(view.page, 600, 300, (seen) =>
          seen.every((value, i) => Math.abs(value - (color[i] ?? 0)) < 7),
        );
      }
    },
  );

  test("the video on the page's socket shows the last frame of a burst", async () => {
    await view.page.goto(address());
    await waitForView(view.page);
    for (let frame = 0; frame < 60; frame++) view.renderer.draw(frame % 2 === 0 ? RED : BLUE);
    view.renderer.draw(GREEN);
    await waitForColor(view.page, GREEN);
  });

  test("the video on the page's socket stops when the view is still", async () => {
    view.renderer.draw(GREEN, [640, 360], { still: true });
    await view.page.goto(address());
    await waitForColor(view.page, GREEN);
    let frames = 0;
    let changedAt = performance.now();
    await eventually(
      () => {
        const sent = view.server.state.viewers[0]?.frames ?? 0;
        if (sent !== frames) changedAt = performance.now();
        frames = sent;
        return performance.now() - changedAt > 1500;
      },
      "no more frames are sent",
      60_000,
    );
    expect(view.server.state.viewers[0]?.skipped).toBe(0);
  });

  test("the video on the page's socket continues after a decoder error with the keyframe that it requested", async () => {
    const { requests, inject } = await interceptSocket();
    await view.page.goto(address());
    await waitForColor(view.page, RED);
    const before = view.server.state.video.keyframes;
    for (const keyframe of [true, false]) {
      inject(malformedFrame(keyframe));
      await eventually(
        () => requests.filter((request) => request === "keyframe").length > 0,
        "the page requests a keyframe",
      );
      requests.splice(0);
      view.renderer.draw(keyframe ? GREEN : BLUE);
      await waitForColor(view.page, keyframe ? GREEN : BLUE);
    }
    expect(view.server.state.video.keyframes).toBeGreaterThan(before);
    expect(view.consoleMessages).toEqual([]);
  });

  test.each(["as a video track", "on a canvas"])(
    "the video on the page's socket continues after a frame could not be painted %s",
    async (painter) => {
      await view.page.addInitScript((painter) => {
        let paintCount = 0;
        const failOnce = () => {
          if (++paintCount === 2) throw new Error("The context is lost.");
        };
        if (painter === "on a canvas") {
          Reflect.deleteProperty(globalThis, "MediaStreamTrackGenerator");
          const { drawImage } = CanvasRenderingContext2D.prototype;
          CanvasRenderingContext2D.prototype.drawImage = function (this: unknown, ...args: unknown[]) {
            if (args[0] instanceof VideoFrame) failOnce();
            Reflect.apply(drawImage, this, args);
          };
        } else {
          const { write } = WritableStreamDefaultWriter.prototype;
          WritableStreamDefaultWriter.prototype.write = async function (frame) {
            failOnce();
            await write.call(this, frame);
          };
        }
      }, painter);
      await expectShowsThreeFrames(view, address());
    },
  );

  test("the video on the page's socket ends with its encoder when the page is hidden, and starts again when it is visible", async () => {
    await view.page.goto(address());
    await waitForColor(view.page, RED);
    await setHidden(view.page, true);
    await view.renderer.until(() => view.renderer.images.viewers === 0);
    await eventually(
      () => view.server.state.video.tiers.every(({ bitrate }) => bitrate === 0),
      "nothing is encoded",
    );
    view.renderer.draw(GREEN);
    await setHidden(view.page, false);
    await waitForColor(view.page, GREEN);
  });

  test("reaches several pages that connect one after another", async () => {
    const pages = await Promise.all(Array.from({ length: 4 }, () => view.browserContext.newPage()));
    await Promise.all(pages.map((each) => each.goto(address())));
    view.renderer.draw(GREEN);
    for (const each of pages) await waitForColor(each, GREEN);
    view.renderer.draw(BLUE);
    for (const each of pages) await waitForColor(each, BLUE);
    expect(view.server.state.viewers).toHaveLength(4);
    for (const each of pages) await each.close();
  });
});

test("the video is preferred through a tunnel, where a page on localhost has a distant server", async () => {
  using tunnel = new ShapingProxy(view.server.url, { bytesPerMs: 500, delayMs: 40 });
  // A page without simulateLocalServer.
  const tunnelPage = await view.browserContext.newPage();
  let offers = 0;
  tunnelPage.on("request", (request) => {
    if (new URL(request.url()).pathname === "/offer") offers++;
  });
  await tunnelPage.goto(tunnel.url);
  await waitForColor(tunnelPage, RED);
  view.renderer.draw(GREEN);
  await waitForColor(tunnelPage, GREEN);
  expect(await tunnelPage.locator("#status-transport").textContent()).toBe("VP8");
  expect(offers).toBe(0);
});

test("a browser without a decoder falls back from video to JPEG with a note", async () => {
  await view.page.addInitScript(() => Reflect.deleteProperty(globalThis, "VideoDecoder"));
  await view.page.goto(address());
  await waitForColor(view.page, RED);
  await waitForTransport(view.page, "JPEG");
  expect(await view.page.locator("#notice-text").textContent()).toBe(
    "The encoding “video” is not available here; using JPEG instead.",
  );
});

test("a video message has a VP8 header and a VP8 keyframe", async () => {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  await view.page.routeWebSocket(/\/ws\?/, (socket) => {
    const upstream = socket.connectToServer();
    upstream.onMessage((message) => {
      if (typeof message !== "string") resolve(message);
      socket.send(message);
    });
  });
  await view.page.goto(address());
  const message = await promise;
  const frame = readFrameMessage(new Uint8Array(message).buffer);
  expect(frame?.header).toMatchObject({ format: "vp8", keyframe: true, width: 640, height: 360, frame: 1 });
  // RFC 6386, 9.1: a keyframe's start code, behind three bytes.
  expect([...(frame?.payload.subarray(3, 6) ?? [])]).toEqual([0x9d, 0x01, 0x2a]);
});
