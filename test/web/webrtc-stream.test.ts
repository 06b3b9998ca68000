import { describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { isReachable } from "../../src/web/view/webrtc-stream.ts";
import { eventually } from "../server/clients.ts";
import { ShapingProxy } from "../support/shaping-proxy.ts";
import { WebRtcLink } from "../support/webrtc-link.ts";
import {
  waitForColor,
  waitForCopy,
  waitForInputLatency,
  waitForMessage,
  waitForTransport,
  waitForView,
} from "./page-assertions.ts";
import { BLUE, GREEN, RED } from "./pattern-renderer.ts";
import { useView } from "./view-fixture.ts";

const SIZE = [320, 180] as const;

const view = useView({ browser: { hostRules: "MAP node12.test 127.0.0.1" } });

const transports = () => view.server.state.viewers.map(({ transport }) => transport);

describe("the WebRTC stream", () => {
  test("the WebRTC stream shows every frame, names its transport, and frees everything when the page is closed", async () => {
    await view.page.goto(`${view.server.url}?encoding=webrtc`);
    await waitForView(view.page);
    await waitForColor(view.page, RED);
    view.renderer.draw(GREEN, SIZE);
    await waitForColor(view.page, GREEN);
    await waitForTransport(view.page, "WebRTC");
    await view.page.locator("#status-size").filter({ hasText: "320 × 180" }).waitFor({ state: "attached" });
    expect(transports()).toEqual(["webrtc"]);
    await view.page.goto("about:blank");
    await eventually(() => view.server.state.viewers.length === 0, "the viewer has left");
  });

  test("the WebRTC stream shows frames that change their size", async () => {
    await view.page.goto(`${view.server.url}?encoding=webrtc`);
    await waitForColor(view.page, RED);
    view.renderer.draw(BLUE, [400, 300]);
    await waitForColor(view.page, BLUE);
    await view.page.locator("#status-size").filter({ hasText: "400 × 300" }).waitFor({ state: "attached" });
  });

  test("the WebRTC stream sends events over data channels once they are open, not over the socket", async () => {
    const onSocket: string[] = [];
    view.page.on("websocket", (socket) =>
      socket.on("framesent", ({ payload }) => onSocket.push(String(payload))),
    );
    await view.page.goto(`${view.server.url}?encoding=webrtc`);
    await waitForColor(view.page, RED);
    const countOnSocket = () => onSocket.filter((message) => /mouse|weel/.test(message)).length;
    await view.page.mouse.move(300, 300);
    await view.renderer.event("mouseMove");
    // Until both channels are open, events are sent on the socket.
    for (let i = 0, before = -1; before !== countOnSocket(); i++) {
      before = countOnSocket();
      await view.page.mouse.move(310 + (i % 50), 300);
      await view.renderer.until(() => view.renderer.events.length > i);
    }
    const before = countOnSocket();
    await view.page.mouse.move(320, 320);
    await view.page.mouse.down();
    await view.page.mouse.move(360, 330);
    await view.page.mouse.up();
    await view.page.mouse.wheel(0, 40);
    await view.renderer.event("mousePress");
    await view.renderer.event("mouseRelease");
    await view.renderer.event("wheel");
    expect(countOnSocket()).toBe(before);
  });

  test("the WebRTC stream reports the input latency", async () => {
    await view.page.goto(`${view.server.url}?encoding=webrtc`);
    await waitForColor(view.page, RED);
    await view.page.mouse.move(300, 300);
    const move = await view.renderer.event("mouseMove");
    view.renderer.draw(BLUE, SIZE, { eventTimestamp: move.timestamp });
    await waitForColor(view.page, BLUE);
    await waitForInputLatency(view.page);
  });

  test("the WebRTC stream falls back to another transport with a note if no packet is received", async () => {
    const link = new WebRtcLink(view.server.url, { down: { loss: 1 }, up: { loss: 1 } });
    try {
      await link.route(view.page);
      await view.page.goto(`${view.server.url}?encoding=webrtc`);
      // The still preview is shown first.
      await waitForCopy(view.page);
      await waitForColor(view.page, RED, "#stage > .still");
      expect(await view.page.locator("#stage > .live").count()).toBe(0);
      await waitForColor(view.page, RED);
      expect(transports()).not.toContain("webrtc");
      expect(await view.page.locator("#status-transport").getAttribute("title")).toBe(
        "WebRTC did not work reliably here.",
      );
      await waitForMessage(view.page, "The encoding “webrtc” is not available");
    } finally {
      await link[Symbol.asyncDispose]();
    }
  });

  test("the WebRTC stream falls back to another transport when its connection dies, and keeps the last frame visible", async () => {
    const link = new WebRtcLink(view.server.url);
    try {
      await link.route(view.page);
      await view.page.goto(`${view.server.url}?encoding=webrtc`);
      await waitForColor(view.page, RED);
      expect(transports()).toEqual(["webrtc"]);
      link.udp.down.loss = link.udp.up.loss = 1;
      view.renderer.draw(GREEN, SIZE);
      await waitForColor(view.page, GREEN);
      expect(transports()).toEqual(["jpeg"]);
    } finally {
      await link[Symbol.asyncDispose]();
    }
  }, 60_000);

  test("the WebRTC stream is replaced by another transport when it stutters, with encoding=auto on a remote address", async () => {
    await using remote = await startServer({ port: 0, token: "token-of-the-test" });
    remote.attach(view.renderer.names);
    const transport = () => remote.state.viewers.map((viewer) => viewer.transport).join();
    await view.page.route(/\/offer/, async (route) => {
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
    await view.page.addInitScript(() => {
      const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
      HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
        return requestVideoFrameCallback.call(this, (now, metadata) =>
          callback(now, { ...metadata, presentedFrames: Math.ceil(metadata.presentedFrames / 4) }),
        );
      };
    });
    await view.page.goto(`http://node12.test:${remote.port}/?token=token-of-the-test`);
    await waitForColor(view.page, RED);
    expect(transport()).toBe("webrtc");
    let frame = 0;
    {
      using _drawing = setInterval(() => view.renderer.draw(++frame % 2 === 0 ? GREEN : BLUE, SIZE), 30);
      await waitForTransport(view.page, "JPEG");
    }
    view.renderer.draw(GREEN, SIZE);
    await waitForColor(view.page, GREEN);
    expect(transport()).toBe("jpeg");
  });

  test("the WebRTC stream is used over a slow connection if it was requested", async () => {
    using slow = new ShapingProxy(view.server.url, { bytesPerMs: 500, delayMs: 40 });
    // A page without simulateLocalServer.
    const slowPage = await view.browserContext.newPage();
    await slowPage.goto(`${slow.url}?encoding=webrtc`);
    await waitForColor(slowPage, RED);
    expect(transports()).toEqual(["webrtc"]);
  });

  test("the WebRTC stream is not tried if the server does not offer it", async () => {
    await using serverWithoutWebrtc = await startServer({ port: 0, providesWebrtc: false });
    serverWithoutWebrtc.attach(view.renderer.names);
    let offers = 0;
    await view.page.route(/\/offer/, (route) => {
      offers++;
      return route.abort();
    });
    await view.page.goto(`${serverWithoutWebrtc.url}?encoding=webrtc`);
    await waitForColor(view.page, RED);
    expect(offers).toBe(0);
  });
});

for (const path of ["offer", "whep"] as const) {
  test(`a third-party page shows the view over /${path} in the right colors`, async () => {
    await view.page.goto(`${view.server.url}snapshot.png`);
    await view.page.evaluate(async (path) => {
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
      // As in the webcam examples that FURY's page is based on.
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
    await waitForColor(view.page, RED);
    view.renderer.draw(BLUE, SIZE);
    await waitForColor(view.page, BLUE);
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
