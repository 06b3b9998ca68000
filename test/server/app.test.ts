import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { getApp } from "../../src/fury/get-app.ts";
import { MemoryLayoutError } from "../../src/memory/memory-segment.ts";
import { startServer } from "../../src/page-server.ts";
import type { ServerApp } from "../../src/server/app.ts";
import type { SocketContext } from "../../src/server/http/route.ts";
import { TestRenderer } from "../encode/producers.ts";
import { eventually, MjpegClient, SocketClient } from "./clients.ts";

let renderer: TestRenderer;
let app: ServerApp;
let http: Server<SocketContext> | undefined;

beforeEach(() => {
  renderer = new TestRenderer();
  renderer.writeGrey(80);
});

afterEach(async () => {
  app.onShutdown();
  await http?.stop(true);
  http = undefined;
  renderer[Symbol.dispose]();
});

const WHEEL = { type: "weel", deltaY: 5, timestampInMs: 1 };

describe("an app mounted in another server", () => {
  test("an app serves all paths below its own, and the other server serves the rest", async () => {
    app = getApp({ imageBufferManager: renderer.images, circularQueue: renderer.queue, path: "/lab/view" });
    http = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      routes: { "/lab/view": app.fetch, "/lab/view/*": app.fetch, "/": () => new Response("mine") },
      fetch: () => new Response("mine too", { status: 404 }),
      websocket: app.websocket,
    });
    expect(await (await fetch(http.url)).text()).toBe("mine");
    expect(await (await fetch(new URL("/ws", http.url))).text()).toBe("mine too");
    const base = `${http.url}lab/view/`;
    for (const page of [base, `${http.url}lab/view`]) {
      const response = await fetch(page);
      expect(response.headers.get("content-type")).toStartWith("text/html");
      expect(await response.text()).toContain("</html>");
    }
    expect(await (await fetch(`${base}healthz`)).text()).toBe("ok\n");
    expect((await fetch(`${base}healthz?instance=some-id`)).status).toBe(404);
    expect(await (await fetch(`${base}state`)).json()).toMatchObject({ renderer: { state: "running" } });
    expect((await fetch(`${base}snapshot.jpg`)).headers.get("content-type")).toBe("image/jpeg");
    const missing = await fetch(`${base}nothing`);
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain("The view is at /lab/view/ and its state at /lab/view/state");
    const client = await MjpegClient.open(base);
    expect((await client.next())?.headers.get("x-frame")).toBe("1");
    const socket = await SocketClient.open(base);
    socket.send(WHEEL);
    await socket.settle();
    expect(renderer.queue.dequeue()?.[1]).toBe(5);
    client.close();
    socket.close();
    await eventually(() => app.viewers === 0, "the viewer is removed");
  });

  test("an app's handlers can be mounted one by one, at any path", async () => {
    app = getApp({ imageBufferManager: renderer.images, circularQueue: renderer.queue });
    http = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      routes: {
        "/page": app.index,
        "/cameras/:id/live": app.mjpegHandler,
        "/events": app.websocketHandler,
        "/rtc": app.offer,
      },
      fetch: () => new Response("mine", { status: 404 }),
      websocket: app.websocket,
    });
    expect(await (await fetch(`${http.url}page`)).text()).toContain("</html>");
    const client = await MjpegClient.open(String(http.url), "cameras/7/live");
    expect((await client.next())?.headers.get("x-frame")).toBe("1");
    const socket = await SocketClient.open(String(http.url), "events");
    socket.send(WHEEL);
    await socket.settle();
    expect(renderer.queue.dequeue()?.[1]).toBe(5);
    expect((await fetch(`${http.url}rtc`, { method: "POST", body: "{}" })).status).toBe(400);
    expect((await fetch(`${http.url}page`, { method: "DELETE" })).status).toBe(405);
    client.close();
    socket.close();
  });

  test("an app's handlers can be called by the other server's own code", async () => {
    app = getApp({ imageBufferManager: renderer.images });
    http = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request, server) =>
        request.headers.has("x-pass")
          ? app.mjpegHandler(request, server)
          : new Response("no", { status: 418 }),
      websocket: app.websocket,
    });
    expect((await fetch(http.url)).status).toBe(418);
    const client = await MjpegClient.open(String(http.url), "", { "x-pass": "1" });
    expect(await client.next()).not.toBeNull();
    client.close();
  });

  test("handlers refuse unauthorized requests, however they are mounted", async () => {
    app = getApp({ imageBufferManager: renderer.images, host: "0.0.0.0" });
    http = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      routes: { "/page": app.index, "/live": app.mjpegHandler, "/ws": app.websocketHandler, "/o": app.offer },
      fetch: app.fetch,
      websocket: app.websocket,
    });
    expect(app.token).toMatch(/^.{20,}$/);
    for (const path of ["page", "live", "ws", "o", "state"]) {
      expect((await fetch(http.url + path)).status).toBe(401);
    }
    expect((await fetch(`${http.url}page?token=${app.token}`)).status).toBe(200);
    expect((await fetch(`${http.url}o?token=${app.token}`, { method: "POST" })).status).toBe(400);
    const otherSite = { method: "POST", headers: { origin: "https://elsewhere.example" } };
    expect((await fetch(`${http.url}o?token=${app.token}`, otherSite)).status).toBe(403);
  });

  test("when an app ends, WebSockets close with 1001 and streams end; later it answers 503 and attaches no renderer", async () => {
    app = getApp({ imageBufferManager: renderer.images, circularQueue: renderer.queue });
    http = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: app.fetch, websocket: app.websocket });
    const client = await MjpegClient.open(String(http.url));
    await client.next();
    const socket = await SocketClient.open(String(http.url));
    expect(renderer.images.viewers).toBe(1);
    app.onShutdown();
    app.onShutdown();
    expect((await socket.closed).code).toBe(1001);
    expect(await client.next()).toBeNull();
    expect(renderer.images.viewers).toBe(0);
    const refused = await fetch(http.url);
    expect(refused.status).toBe(503);
    expect(await refused.text()).toContain("has ended");
    app.attach(renderer.names);
    expect(app.state.frame).toMatchObject({ number: 1 });
    expect(renderer.images.serverSignals).toBeTrue(); // the initial value
    // The managers are still open.
    renderer.writeGrey(90);
    expect(renderer.images.read()?.data[0]).toBe(90);
    expect(renderer.queue.enqueue([1, 1, 0, 0, 0, 0, 0, 0])).toBeTrue();
  });

  test("an invalid path, and a queue of other rows, are errors that say what to do", () => {
    app = getApp({ imageBufferManager: renderer.images });
    for (const path of ["view", "", "/view?x=1", "/view/*"]) {
      expect(() => getApp({ imageBufferManager: renderer.images, path })).toThrow('it must be like "/view"');
    }
    using queue = new SharedMemCircularQueue({ maxSize: 5, dimension: 6 });
    const make = () => getApp({ imageBufferManager: renderer.images, circularQueue: queue });
    expect(make).toThrow(MemoryLayoutError);
    expect(make).toThrow(/rows of 6 values, but an event has 8\. Make the queue with dimension 8/);
  });
});

describe("a server without a transport", () => {
  beforeEach(() => {
    app = getApp({ imageBufferManager: renderer.images });
  });

  test("a server without MJPEG refuses the stream with a message, serves snapshots, and omits the transport in hello", async () => {
    await using server = await startServer({ port: 0, providesMjpeg: false });
    server.attach(renderer.names);
    for (const method of ["GET", "HEAD", "POST"]) {
      const response = await fetch(`${server.url}video/mjpeg`, { method });
      expect(response.status).toBe(404);
      if (method !== "HEAD") expect(await response.text()).toContain("Single frames are at /snapshot.jpg");
    }
    expect((await fetch(`${server.url}snapshot.jpg`)).status).toBe(200);
    const socket = await SocketClient.open(server.url);
    expect((await socket.next("hello")).transports).toEqual(["jpeg", "video", "webrtc"]);
    socket.close();
  });

  test("offers are accepted by POST only, and answered with 404 without WebRTC", async () => {
    const offer = { method: "POST", body: JSON.stringify({ sdp: "v=0", type: "offer" }) };
    await using server = await startServer({ port: 0 });
    const answer = await fetch(`${server.url}offer`, offer);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("This is not an SDP offer");
    const read = await fetch(`${server.url}offer`);
    expect([read.status, read.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
    await using without = await startServer({ port: 0, providesWebrtc: false, providesMjpeg: false });
    for (const request of [offer, {}]) {
      const refused = await fetch(`${without.url}offer`, request);
      expect(refused.status).toBe(404);
      expect(await refused.text()).toMatch(/WebRTC is not available.*Use \/snapshot.jpg instead/);
    }
  });
});
