import { describe, expect, test } from "bun:test";
import type { Broadcast } from "../../src/encode/broadcast.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { whenAborted } from "../../src/server/abort.ts";
import { MjpegStream } from "../../src/server/frames/mjpeg-stream.ts";
import { TestRenderer } from "../encode/producers.ts";
import { eventually, MjpegClient, SocketClient } from "./clients.ts";
import { servedView } from "./served-view.ts";

const view = servedView();

/** Grey of the centre of a decoded frame. */
function grey(jpeg: Uint8Array): number {
  const { data, width, height } = decodeJpeg(jpeg);
  return data[(Math.floor(height / 2) * width + Math.floor(width / 2)) * 4] ?? -1;
}

async function nextGrey(client: MjpegClient): Promise<number> {
  const part = await client.nextFrame();
  if (part === null) throw new Error("The stream ended.");
  return grey(part.body);
}

describe("GET /video/mjpeg", () => {
  test("a viewer gets the current frame immediately, and then every new one", async () => {
    view.renderer.writeGrey(40);
    view.server.attach(view.renderer.names);
    const client = await MjpegClient.open(view.server.url);
    expect(client.status).toBe(200);
    expect(Math.abs((await nextGrey(client)) - 40)).toBeLessThan(4);
    view.renderer.writeGrey(120);
    expect(Math.abs((await nextGrey(client)) - 120)).toBeLessThan(4);
    client.close();
  });

  test("programs get Content-Length, a frame number and the time of rendering", async () => {
    const before = Date.now() / 1000 - 1;
    view.renderer.writeGrey(40);
    view.server.attach(view.renderer.names);
    const client = await MjpegClient.open(view.server.url);
    const part = await client.next();
    expect(part?.headers.get("content-type")).toBe("image/jpeg");
    expect(Number(part?.headers.get("content-length"))).toBe(part?.body.length ?? -1);
    expect(part?.headers.get("x-frame")).toBe("1");
    expect(Number(part?.headers.get("x-timestamp"))).toBeGreaterThan(before);
    client.close();
  });

  test("browsers get the next part's headers with each frame, by Sec-Fetch-Dest or advance_headers=1", async () => {
    view.renderer.writeGrey(40);
    view.server.attach(view.renderer.names);
    for (const [path, headers] of [
      ["video/mjpeg", { "sec-fetch-dest": "image" }],
      ["video/mjpeg?advance_headers=1", {}],
    ] as const) {
      const client = await MjpegClient.open(view.server.url, path, { ...headers });
      const part = await client.next();
      expect(part?.headers.has("content-length")).toBe(false);
      expect(Math.abs(grey(part?.body ?? new Uint8Array()) - 40)).toBeLessThan(4);
      while (!client.unread.includes("Content-Type")) await client.readMore();
      expect(client.unread.toString()).toBe("\r\n--scenecast-frame\r\nContent-Type: image/jpeg\r\n\r\n");
      client.close();
    }
  });

  test("a stream opened before the first frame has its headers immediately, and continues with the first frame", async () => {
    const client = await MjpegClient.open(view.server.url);
    expect(client.status).toBe(200);
    view.server.attach(view.renderer.names);
    view.renderer.writeGrey(77);
    expect(Math.abs((await nextGrey(client)) - 77)).toBeLessThan(4);
    client.close();
  });

  test("a browser that opens the bare stream shows a placeholder until the first frame", async () => {
    view.server.attach(view.renderer.names);
    // Accept headers that browsers send for an <img>, and for an opened URL.
    for (const accept of ["image/avif,image/webp,image/*,*/*;q=0.8", "text/html,application/xml;q=0.9"]) {
      const client = await MjpegClient.open(view.server.url, "video/mjpeg", { accept });
      const placeholder = await client.next();
      expect(placeholder?.headers.get("x-frame")).toBe("0");
      const image = decodeJpeg(placeholder?.body ?? new Uint8Array());
      expect([image.width, image.height]).toEqual([640, 360]);
      const brightPixels = image.data.filter((value, i) => i % 4 === 0 && value > 200).length;
      expect(brightPixels).toBeGreaterThan(2000);
      expect(view.server.state.viewers[0]).toMatchObject({ transport: "mjpeg", frames: 0 });
      client.close();
      await eventually(() => view.server.viewers === 0, "the viewer is gone");
    }
    // The page shows its own text, and programs get frames only.
    const accept = "image/*,*/*;q=0.8";
    const browser = await MjpegClient.open(view.server.url, "video/mjpeg", { accept });
    await browser.nextFrame();
    const page = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0001", { accept });
    const program = await MjpegClient.open(view.server.url);
    view.renderer.writeGrey(77);
    for (const client of [browser, page, program]) {
      const part = await client.nextFrame();
      expect(part?.headers.get("x-frame")).toBe("1");
      expect(Math.abs(grey(part?.body ?? new Uint8Array()) - 77)).toBeLessThan(4);
    }
    const newcomer = await MjpegClient.open(view.server.url, "video/mjpeg", { accept });
    expect((await newcomer.next())?.headers.get("x-frame")).toBe("1");
    for (const client of [browser, page, program, newcomer]) client.close();
  });

  test("each frame is encoded once for all viewers, and none is encoded without viewers", async () => {
    view.server.attach(view.renderer.names);
    view.renderer.writeGrey(10);
    expect(view.server.state.encoder.frames).toBe(0);
    const clients = await Promise.all(Array.from({ length: 8 }, () => MjpegClient.open(view.server.url)));
    await Promise.all(clients.map((client) => client.nextFrame()));
    for (let frame = 0; frame < 5; frame++) {
      view.renderer.writeGrey(20 * frame);
      await Promise.all(clients.map((client) => client.nextFrame()));
    }
    expect(view.server.state.encoder.frames).toBe(6);
    for (const client of clients) client.close();
    await eventually(() => view.server.viewers === 0, "all viewers are gone");
    view.renderer.writeGrey(200);
    await fetch(`${view.server.url}healthz`);
    expect(view.server.state.encoder.frames).toBe(6);
  });

  test("the page gets a message for each frame of its own stream on its WebSocket", async () => {
    view.server.attach(view.renderer.names);
    const socket = await SocketClient.open(view.server.url, "ws?viewer=viewer-0001");
    const client = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0001");
    const other = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0002");
    view.renderer.writeGrey(50, [64, 48], 1234.5678901234567);
    const part = await client.next();
    await other.next();
    const message = await socket.next("frame");
    expect(message).toMatchObject({ frame: 1, width: 64, height: 48, eventMs: 1234.5678901234567 });
    expect(message.bytes).toBe(part?.body.length ?? -1);
    expect(message.ageMs).toBeGreaterThanOrEqual(0);
    expect((await socket.settle()).filter(({ type }) => type === "frame")).toEqual([]);
    for (const open of [client, other, socket]) open.close();
  });

  test("a WebSocket may send its viewer id in hello as well", async () => {
    view.server.attach(view.renderer.names);
    const socket = await SocketClient.open(view.server.url);
    socket.send({ type: "hello", viewer: "viewer-0003" });
    await socket.settle();
    const client = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0003");
    view.renderer.writeGrey(50);
    await client.next();
    expect((await socket.next("frame")).frame).toBe(1);
    expect(view.server.state.viewers).toHaveLength(1);
    client.close();
    socket.close();
  });

  test("the stream of an already aborted request is closed, and its response is empty", async () => {
    view.server.attach(view.renderer.names);
    view.renderer.writeGrey(50);
    const broadcast = { subscribe: () => expect.unreachable() } as unknown as Broadcast;
    let closed = 0;
    const stream = new MjpegStream({
      ...{ form: "length", size: "first", repeatMs: 5000, broadcast, placeholder: null },
      onSent: () => {},
      onClosed: () => closed++,
    });
    whenAborted(AbortSignal.abort(), () => stream.close());
    expect(closed).toBe(1);
    expect(await stream.response.text()).toBe("");
  });

  test("viewers stay connected when a renderer ends, and continue with the next", async () => {
    view.renderer.writeGrey(40);
    view.server.attach(view.renderer.names);
    const client = await MjpegClient.open(view.server.url);
    const socket = await SocketClient.open(view.server.url);
    await client.nextFrame();
    view.server.detach("it was killed", { restarting: true });
    expect((await socket.next("status", (m) => m.renderer.state === "gone")).renderer).toEqual({
      state: "gone",
      reason: "it was killed",
      restarting: true,
    });
    using second = new TestRenderer({ pixelFormat: "rgb" });
    second.writeGrey(160);
    view.server.attach(second.names);
    expect(Math.abs((await nextGrey(client)) - 160)).toBeLessThan(4);
    await socket.next("status", (m) => m.renderer.state === "running");
    client.close();
    socket.close();
  });
});
