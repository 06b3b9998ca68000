import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { isReachable } from "../../src/web/view/webrtc-stream.ts";
import { eventually } from "../server/clients.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { ShapingProxy } from "../support/shaping-proxy.ts";
import { WebRtcLink } from "../support/webrtc-link.ts";
import { simulateLocalServer, waitForColor, waitForView } from "./page-assertions.ts";
import { BLUE, GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";

const SIZE = [320, 180] as const;

let browser: TestBrowser;
beforeAll(async () => {
  browser = await launchBrowser({ hostRules: "MAP node12.test 127.0.0.1" });
});
afterAll(() => browser[Symbol.asyncDispose]());

let renderer: PatternRenderer;
let server: ScenecastServer;
let page: Page;
beforeEach(async () => {
  renderer = new PatternRenderer();
  renderer.draw(RED, SIZE);
  server = await startServer({ port: 0 });
  server.attach(renderer.names);
  page = await browser.context.newPage();
  await simulateLocalServer(page);
});
afterEach(async () => {
  await page.close();
  await server.stop();
  renderer[Symbol.dispose]();
});

const transports = () => server.state.viewers.map(({ transport }) => transport);

describe("the WebRTC stream", () => {
  test("shows every frame, names its transport, and frees everything when the page is closed", async () => {
    await page.goto(`${server.url}?encoding=webrtc`);
    await waitForView(page);
    await waitForColor(page, RED);
    renderer.draw(GREEN, SIZE);
    await waitForColor(page, GREEN);
    await page
      .locator("#status-transport")
      .filter({ hasText: /^WebRTC$/ })
      .waitFor();
    await page.locator("#status-size").filter({ hasText: "320 × 180" }).waitFor();
    expect(transports()).toEqual(["webrtc"]);
    await page.goto("about:blank");
    await eventually(() => server.state.viewers.length === 0, "the viewer has left");
  });

  test("shows frames that change their size", async () => {
    await page.goto(`${server.url}?encoding=webrtc`);
    await waitForColor(page, RED);
    renderer.draw(BLUE, [400, 300]);
    await waitForColor(page, BLUE);
    await page.locator("#status-size").filter({ hasText: "400 × 300" }).waitFor();
  });

  test("steers by data channels, and by the socket when they are closed", async () => {
    const onSocket: string[] = [];
    page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => onSocket.push(String(payload))));
    await page.goto(`${server.url}?encoding=webrtc`);
    await waitForColor(page, RED);
    const onSocketAlready = () => onSocket.filter((message) => /mouse|weel/.test(message)).length;
    await page.mouse.move(300, 300);
    await renderer.event("mouseMove");
    // Until both channels are open events go on the socket.
    for (let i = 0, before = -1; before !== onSocketAlready(); i++) {
      before = onSocketAlready();
      await page.mouse.move(310 + (i % 50), 300);
      await renderer.until(() => renderer.events.length > i);
    }
    const before = onSocketAlready();
    await page.mouse.move(320, 320);
    await page.mouse.down();
    await page.mouse.move(360, 330);
    await page.mouse.up();
    await page.mouse.wheel(0, 40);
    await renderer.event("mousePress");
    await renderer.event("mouseRelease");
    await renderer.event("wheel");
    expect(onSocketAlready()).toBe(before);
  });

  test("reports the input latency", async () => {
    await page.goto(`${server.url}?encoding=webrtc`);
    await waitForColor(page, RED);
    await page.mouse.move(300, 300);
    const move = await renderer.event("mouseMove");
    renderer.draw(BLUE, SIZE, { eventTimestamp: move.timestamp });
    await waitForColor(page, BLUE);
    await page.locator('#status-latency[title="From your input to the frame that shows it"]').waitFor();
  });

  test("falls back to another transport with a note if no packet is received", async () => {
    const link = new WebRtcLink(server.url, { down: { loss: 1 }, up: { loss: 1 } });
    try {
      await link.route(page);
      await page.goto(`${server.url}?encoding=webrtc`);
      // The still preview is shown first.
      await page.waitForFunction(
        () => (document.querySelector<HTMLCanvasElement>("#stage > .still")?.width ?? 0) > 0,
      );
      await waitForColor(page, RED, "#stage > .still");
      expect(await page.locator("#stage > .live").count()).toBe(0);
      await waitForColor(page, RED);
      expect(transports()).not.toContain("webrtc");
      expect(await page.locator("#status-transport").getAttribute("title")).toBe(
        "WebRTC did not work reliably here.",
      );
      await page
        .locator("#notice-text")
        .filter({ hasText: "The encoding “webrtc” is not available" })
        .waitFor();
    } finally {
      await link[Symbol.asyncDispose]();
    }
  });

  test("falls back to another transport when its connection dies, and keeps the last frame visible", async () => {
    const link = new WebRtcLink(server.url);
    try {
      await link.route(page);
      await page.goto(`${server.url}?encoding=webrtc`);
      await waitForColor(page, RED);
      expect(transports()).toEqual(["webrtc"]);
      link.udp.down.loss = link.udp.up.loss = 1;
      renderer.draw(GREEN, SIZE);
      await waitForColor(page, GREEN);
      expect(transports()).toEqual(["jpeg"]);
    } finally {
      await link[Symbol.asyncDispose]();
    }
  }, 60_000);

  test("is replaced by another transport when it stutters, with encoding=auto on a remote address", async () => {
    await using remote = await startServer({ port: 0, token: "token-of-the-test" });
    remote.attach(renderer.names);
    const transport = () => remote.state.viewers.map((viewer) => viewer.transport).join();
    await page.route(/\/offer/, async (route) => {
      const request = route.request();
      const address = new URL(request.url());
      address.hostname = "localhost";
      const answer = await (
        await fetch(address, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            cookie: (await request.headerValue("cookie")) ?? "",
          },
          body: request.postData(),
        })
      ).json();
      // A page on a remote address needs a candidate that is not loopback: an unreachable one (TEST-NET-1) is added.
      const sdp = answer.sdp.replace(
        /^(a=candidate:.*)127\.0\.0\.1(.*\r\n)/m,
        (line: string, before: string, after: string) => `${line}${before}192.0.2.1${after}`,
      );
      await route.fulfill({ json: { ...answer, sdp } });
    });
    // Simulates a browser that shows a quarter of the frames.
    await page.addInitScript(() => {
      const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
      HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
        return requestVideoFrameCallback.call(this, (now, metadata) =>
          callback(now, { ...metadata, presentedFrames: Math.ceil(metadata.presentedFrames / 4) }),
        );
      };
    });
    await page.goto(`http://node12.test:${remote.port}/?token=token-of-the-test`);
    await waitForColor(page, RED);
    expect(transport()).toBe("webrtc");
    let frame = 0;
    const drawing = setInterval(() => renderer.draw(++frame % 2 === 0 ? GREEN : BLUE, SIZE), 30);
    try {
      await page
        .locator("#status-transport")
        .filter({ hasText: /^JPEG$/ })
        .waitFor();
    } finally {
      clearInterval(drawing);
    }
    renderer.draw(GREEN, SIZE);
    await waitForColor(page, GREEN);
    expect(transport()).toBe("jpeg");
  });

  test("is used if it was requested, however late the page was opened", async () => {
    using slow = new ShapingProxy(server.url, { bytesPerMs: 500, delayMs: 40 });
    // A page without simulateLocalServer.
    const far = await browser.context.newPage();
    await far.goto(`${slow.url}?encoding=webrtc`);
    await waitForColor(far, RED);
    expect(transports()).toEqual(["webrtc"]);
  });

  test("is not tried if the server does not offer it", async () => {
    await using without = await startServer({ port: 0, providesWebrtc: false });
    without.attach(renderer.names);
    let offers = 0;
    await page.route(/\/offer/, (route) => {
      offers++;
      return route.abort();
    });
    await page.goto(`${without.url}?encoding=webrtc`);
    await waitForColor(page, RED);
    expect(offers).toBe(0);
  });
});

for (const path of ["offer", "whep"] as const) {
  test(`a page of another author shows the view by /${path}, in its colours`, async () => {
    await page.goto(`${server.url}snapshot.png`);
    await page.evaluate(async (path) => {
      const video = document.createElement("video");
      video.muted = true;
      video.autoplay = true;
      video.className = "live";
      const stage = document.createElement("main");
      stage.id = "stage";
      stage.append(video);
      document.body.append(stage);
      const connection = new RTCPeerConnection();
      connection.addTransceiver("video", { direction: "recvonly" });
      // As webcam examples do, which FURY's page is made after.
      connection.addTransceiver("audio", { direction: "recvonly" });
      connection.ontrack = ({ track }) => {
        if (track.kind === "video") video.srcObject = new MediaStream([track]);
      };
      await connection.setLocalDescription();
      const { localDescription: offer } = connection;
      const isWhep = path === "whep";
      const response = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": isWhep ? "application/sdp" : "application/json" },
        body: isWhep ? (offer?.sdp ?? "") : JSON.stringify({ sdp: offer?.sdp, type: offer?.type }),
      });
      await connection.setRemoteDescription(
        isWhep ? { type: "answer", sdp: await response.text() } : await response.json(),
      );
    }, path);
    await waitForColor(page, RED);
    renderer.draw(BLUE, SIZE);
    await waitForColor(page, BLUE);
    expect(transports()).toEqual(["webrtc"]);
  });
}

test("an answer with only loopback candidates is reachable only from the server's own machine", () => {
  const answer = (host: string) => `v=0\r\na=candidate:1 1 udp 1 ${host} 4000 typ host\r\n`;
  expect(isReachable(answer("127.0.0.1"), "localhost")).toBe(true);
  expect(isReachable(answer("127.0.0.1"), "127.0.0.1")).toBe(true);
  expect(isReachable(answer("127.0.0.1"), "hub.example.org")).toBe(false);
  expect(isReachable(answer("10.1.2.3"), "hub.example.org")).toBe(true);
  expect(isReachable("v=0\r\n", "hub.example.org")).toBe(false);
});
