import { describe, expect, test } from "bun:test";
import { Broadcast } from "../../src/encode/broadcast.ts";
import { FrameSource } from "../../src/encode/frame-source.ts";
import { JpegEncoder } from "../../src/encode/jpeg-encoder.ts";
import { startServer } from "../../src/page-server.ts";
import { JpegSocketStream } from "../../src/server/frames/jpeg-socket-stream.ts";
import { eventually, MjpegClient } from "./clients.ts";
import { FrameClient } from "./frame-client.ts";
import { servedView } from "./served-view.ts";

const view = servedView({ attach: () => {} });

const VIEWER = "viewer-of-this-test";

describe("JPEG frames on /ws", () => {
  test("a request for frames is answered with the current frame immediately, and then with every new one", async () => {
    view.renderer.writeGrey(40);
    const client = await FrameClient.open(view.server.url);
    await client.waitForGrey(40);
    for (const grey of [80, 120, 160]) {
      view.renderer.writeGrey(grey);
      await client.waitForGrey(grey);
    }
    expect(client.numbers).toEqual([1, 2, 3, 4]);
    client.close();
  });

  test("a frame's header has its metadata, and no frame message repeats it", async () => {
    const before = Date.now();
    view.renderer.images.write(8, 6, new Uint8Array(8 * 6 * 4), { eventTimestamp: 12345, renderMs: 7.5 });
    const client = await FrameClient.open(view.server.url);
    const { header } = await client.waitForFrame(() => true, "a frame");
    expect(header).toMatchObject({
      format: "jpeg",
      qualityLevel: 0,
      still: false,
      lossless: false,
      frame: 1,
    });
    expect(header).toMatchObject({ width: 8, height: 6, eventMs: 12345, renderMs: 7.5 });
    expect(header.renderedAtMs).toBeGreaterThan(before - 10);
    expect(header.sentAtMs).toBeGreaterThanOrEqual(header.renderedAtMs);
    expect(client.messages.filter(({ type }) => type === "frame")).toEqual([]);
    client.close();
  });

  test("one frame is in flight; after its acknowledgement the newest follows, and the last one is always sent", async () => {
    view.renderer.writeGrey(10);
    const client = await FrameClient.open(view.server.url, { acknowledges: false, viewer: VIEWER });
    await client.waitForGrey(10);
    const slowViewer = () =>
      view.server.state.viewers.find(({ skipped, frames }) => skipped > 0 || frames === 1);
    for (const grey of [30, 50, 70, 90]) {
      view.renderer.writeGrey(grey);
      // A viewer that joins now is sent the current frame.
      const other = await FrameClient.open(view.server.url);
      await other.waitForGrey(grey);
      other.close();
    }
    expect(client.numbers).toEqual([1]);
    client.acknowledge();
    await client.waitForGrey(90);
    expect(client.numbers).toEqual([1, 5]);
    expect(slowViewer()).toMatchObject({ transport: "jpeg", frames: 2, skipped: 3, width: 64, height: 48 });
    client.close();
  });

  test("quality is reduced on a slow connection, but not for a page that paints slowly", async () => {
    /** Quality level after eight frames with late acknowledgements. `isPaintSlow`: they report the delay as painting time. */
    const levelAfter = async (isPaintSlow: boolean): Promise<number | undefined> => {
      const client = await FrameClient.open(view.server.url, { acknowledges: false });
      view.renderer.writeGrey(10);
      for (let count = 1; count <= 8; count++) {
        await eventually(() => client.frames.length === count, "the next frame arrives");
        const arrivedAt = performance.now();
        // Of two frames that are written during the delay, one is skipped.
        for (const grey of [7, 9]) view.renderer.writeGrey(20 * count + grey);
        await Bun.sleep(300);
        client.acknowledge(isPaintSlow ? performance.now() - arrivedAt : undefined);
      }
      client.close();
      return client.frames.at(-1)?.header.qualityLevel;
    };
    expect(await levelAfter(true)).toBe(0);
    expect(await levelAfter(false)).toBeGreaterThan(0);
  });

  test("acknowledgements of unknown or already acknowledged frames are ignored, and are not events", async () => {
    view.renderer.writeGrey(40);
    const client = await FrameClient.open(view.server.url, { acknowledges: false });
    await client.waitForGrey(40);
    for (const frame of [0, 7, 4_000_000_000]) client.send({ type: "ack", frame });
    for (const frame of [-1, 0.5, "1", null]) client.send({ type: "ack", frame });
    client.send({ type: "frames", encoding: "png" });
    view.renderer.writeGrey(90);
    await eventually(
      () => client.messages.filter(({ type }) => type === "error").length === 5,
      "each invalid message is answered",
    );
    expect(client.numbers).toEqual([1]);
    for (let count = 0; count < 3; count++) client.send({ type: "ack", frame: 1 });
    await client.waitForGrey(90);
    expect(view.renderer.queue.isEmpty).toBe(true);
    client.close();
  });

  test("a stream of frames counts as demand from its request to its end, and the WebSocket stays open", async () => {
    const client = await FrameClient.open(view.server.url, { requestsFrames: false });
    expect(view.server.viewers).toBe(0);
    for (let round = 0; round < 2; round++) {
      client.send({ type: "frames", encoding: "jpeg" });
      await eventually(() => view.renderer.images.viewers === 1, "the demand reaches the renderer");
      client.send({ type: "frames", encoding: "none" });
      await eventually(
        () => view.renderer.images.viewers === 0,
        "the end of the demand reaches the renderer",
      );
    }
    view.renderer.writeGrey(50);
    client.send({ type: "ping", time: 5 });
    await eventually(() => client.messages.some(({ type }) => type === "pong"), "the ping is answered");
    expect(client.frames).toEqual([]);
    client.send({ type: "frames", encoding: "jpeg" });
    await client.waitForGrey(50);
    client.close();
    await eventually(() => view.renderer.images.viewers === 0, "the end of the demand reaches the renderer");
    expect(view.server.state.viewers).toEqual([]);
  });

  test("a stream of frames continues under a viewer id that the page sends later", async () => {
    const client = await FrameClient.open(view.server.url);
    view.renderer.writeGrey(50);
    await client.waitForGrey(50);
    client.send({ type: "hello", viewer: VIEWER });
    view.renderer.writeGrey(90);
    await client.waitForGrey(90);
    expect(view.server.state.viewers).toMatchObject([{ transport: "jpeg", socket: true }]);
    expect(view.server.viewers).toBe(1);
    client.close();
  });

  test("a stream of frames replaces the viewer's earlier stream, and is replaced by its next one", async () => {
    const client = await FrameClient.open(view.server.url, { viewer: VIEWER });
    await eventually(
      () => view.server.state.viewers[0]?.transport === "jpeg",
      "frames are sent on the WebSocket",
    );
    const mjpeg = await MjpegClient.open(view.server.url, `video/mjpeg?viewer=${VIEWER}`);
    await eventually(
      () => view.server.state.viewers[0]?.transport === "mjpeg",
      "the MJPEG stream replaces it",
    );
    client.send({ type: "frames", encoding: "jpeg" });
    while (await mjpeg.readMore());
    expect(view.server.state.viewers).toMatchObject([{ transport: "jpeg", socket: true }]);
    expect(view.server.viewers).toBe(1);
    client.close();
  });

  test("JPEG frames on /ws are available without MJPEG too", async () => {
    await using without = await startServer({ port: 0, providesMjpeg: false });
    without.attach(view.renderer.names);
    view.renderer.writeGrey(40);
    const client = await FrameClient.open(without.url);
    await client.waitForGrey(40);
    expect(client.messages.find((message) => message.type === "hello")).toMatchObject({
      transports: ["jpeg", "video", "webrtc"],
    });
    client.close();
  });
});

test("a page that no longer acknowledges frames is closed after a timeout", async () => {
  const source = new FrameSource();
  source.attach(view.renderer.images);
  const broadcast = new Broadcast(source, new JpegEncoder(), { onError: () => {} });
  let ended = 0;
  using http = Bun.serve<{ stream: JpegSocketStream | null }>({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, bun) => void bun.upgrade(request, { data: { stream: null } }),
    websocket: {
      open(ws) {
        ws.data.stream = new JpegSocketStream(ws, broadcast, false, {
          onSent: () => {},
          onAcknowledged: () => {},
          onClosed: () => ended++,
          stallTimeoutMs: 50,
        });
      },
      message: () => {},
      close: (ws) => ws.data.stream?.close(),
    },
  });
  const client = await FrameClient.open(String(http.url), { acknowledges: false });
  view.renderer.writeGrey(40);
  await client.waitForGrey(40);
  expect(await client.closed).toBe(1001);
  await eventually(() => broadcast.size === 0, "its subscription is closed");
  expect(ended).toBe(1);
  source.detach();
});
