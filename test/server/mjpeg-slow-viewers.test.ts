import { describe, expect, test } from "bun:test";
import net from "node:net";
import { Broadcast } from "../../src/encode/broadcast.ts";
import { FrameSource } from "../../src/encode/frame-source.ts";
import { JpegEncoder } from "../../src/encode/jpeg-encoder.ts";
import { MjpegStream } from "../../src/server/frames/mjpeg-stream.ts";
import { TestRenderer } from "../encode/producers.ts";
import { eventually, MjpegClient } from "./clients.ts";
import { servedView } from "./served-view.ts";

const view = servedView();

describe("many and slow viewers", () => {
  test("viewers that never read are sent no more than their buffers hold, and another viewer gets every frame", async () => {
    using large = new TestRenderer({ maxSize: [1280, 720] });
    view.server.attach(large.names);
    const pixels = noisePixels();
    const stalled = await Promise.all(Array.from({ length: 10 }, () => openStalled(view.server.port)));
    const client = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=good-viewer");
    const FRAMES = 60;
    for (let frame = 1; frame <= FRAMES; frame++) {
      pixels.fill(frame, 0, 4096);
      large.images.write(1280, 720, pixels);
      expect((await client.next())?.headers.get("x-frame")).toBe(String(frame));
    }
    const viewers = view.server.state.viewers;
    const reader = viewers.find((viewer) => viewer.frames === FRAMES);
    expect(reader?.skipped).toBe(0);
    const stalledViewers = viewers.filter((viewer) => viewer !== reader);
    expect(stalledViewers).toHaveLength(10);
    // The kernel's buffers hold a few of the 60 frames of 0.9 MB; the server retains one more.
    for (const viewer of stalledViewers) {
      expect(viewer.frames).toBeLessThan(FRAMES);
      expect(viewer.bytes).toBeLessThan((reader?.bytes ?? 0) / 2);
    }
    expect(view.server.state.encoder.frames).toBe(FRAMES);
    for (const socket of stalled) socket.destroy();
    client.close();
    await eventually(() => view.server.viewers === 0, "all viewers are gone");
  });

  test("a viewer that stalls and reads again resumes with the newest frame", async () => {
    using large = new TestRenderer({ maxSize: [1280, 720] });
    view.server.attach(large.names);
    const image = noisePixels();
    const slow = await openStalled(view.server.port);
    let frame = 0;
    for (; view.server.state.viewers[0]?.skipped === 0 || frame < 10; frame++) {
      if (frame > 300) throw new Error("A viewer that never reads was never skipped.");
      image.fill(frame, 0, 4096);
      large.images.write(1280, 720, image);
      await eventually(() => (view.server.state.frame?.number ?? 0) > frame, "the frame is detected");
      await Bun.sleep(5);
      if (frame > 20 && (view.server.state.viewers[0]?.frames ?? 0) < frame - 3) break;
    }
    const newest = view.server.state.frame?.number;
    let text = "";
    slow.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString("latin1")).slice(-4_000_000);
    });
    slow.resume();
    await eventually(() => text.includes(`X-Frame: ${newest}\r\n`), "the newest frame arrives");
    slow.destroy();
  });

  test("a viewer that reads nothing is disconnected after the stall timeout", async () => {
    using source = new DisposableStack();
    const frames = new FrameSource();
    source.defer(() => frames.detach());
    using large = new TestRenderer({ maxSize: [1280, 720] });
    frames.attach(large.images);
    const broadcast = new Broadcast(frames, new JpegEncoder(), { onError: () => {} });
    const closed = Promise.withResolvers<void>();
    using http = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request, self) => {
        self.timeout(request, 0);
        return new MjpegStream({
          ...{ form: "length", size: "first", repeatMs: 5000 },
          broadcast,
          placeholder: null,
          onSent: () => {},
          onClosed: closed.resolve,
          stallTimeoutMs: 50,
        }).response;
      },
    });
    const socket = await openStalled(http.port ?? 0);
    const image = noisePixels();
    let frame = 0;
    using _writing = setInterval(() => {
      image.fill(frame++, 0, 4096);
      large.images.write(1280, 720, image);
    }, 5);
    await closed.promise;
    expect(broadcast.size).toBe(0);
    socket.destroy();
  });
});

/** RGBA pixels of 1280x720 px that cannot be compressed well. */
function noisePixels(): Uint8Array {
  const noise = crypto.getRandomValues(new Uint8Array(65_521));
  return new Uint8Array(Buffer.alloc(1280 * 720 * 4, noise));
}

/** Opens a connection that requests the stream and does not read it. */
async function openStalled(port: number): Promise<net.Socket> {
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.pause();
  socket.write("GET /video/mjpeg HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return socket;
}
