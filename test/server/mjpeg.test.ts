import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import net from "node:net";
import { Broadcast } from "../../src/encode/broadcast.ts";
import { FrameSource } from "../../src/encode/frame-source.ts";
import { JpegEncoder } from "../../src/encode/jpeg-encoder.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { whenAborted } from "../../src/server/abort.ts";
import { MjpegStream } from "../../src/server/mjpeg.ts";
import { type ScenecastServer, startServer } from "../../src/server/server.ts";
import { solid, TestRenderer } from "../encode/producers.ts";
import { eventually, MjpegClient, SocketClient } from "./clients.ts";

let server: ScenecastServer;
let renderer: TestRenderer;

beforeEach(async () => {
  server = await startServer({ port: 0 });
  renderer = new TestRenderer();
});

afterEach(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

/** The red of a decoded picture's pixel. */
function at({ data, width }: ReturnType<typeof decodeJpeg>, x: number, y: number): number {
  return data[4 * (y * width + x)] ?? -1;
}

/** The grey of a decoded picture's middle. */
function grey(jpeg: Uint8Array): number {
  const { data, width, height } = decodeJpeg(jpeg);
  return data[(Math.floor(height / 2) * width + Math.floor(width / 2)) * 4] ?? -1;
}

async function nextGrey(client: MjpegClient): Promise<number> {
  const part = await client.next();
  if (part === null) throw new Error("The stream ended.");
  return grey(part.body);
}

describe("GET /video/mjpeg", () => {
  test("a viewer gets the frame that is there at once, and then every new one", async () => {
    renderer.writeGrey(40);
    server.attach(renderer.names);
    const client = await MjpegClient.open(server.url);
    expect(client.status).toBe(200);
    expect(Math.abs((await nextGrey(client)) - 40)).toBeLessThan(4);
    renderer.writeGrey(120);
    expect(Math.abs((await nextGrey(client)) - 120)).toBeLessThan(4);
    client.close();
  });

  test("programs get Content-Length, a frame number and the time of rendering", async () => {
    const before = Date.now() / 1000 - 1;
    renderer.writeGrey(40);
    server.attach(renderer.names);
    const client = await MjpegClient.open(server.url);
    const part = await client.next();
    expect(part?.headers.get("content-type")).toBe("image/jpeg");
    expect(Number(part?.headers.get("content-length"))).toBe(part?.body.length ?? -1);
    expect(part?.headers.get("x-frame")).toBe("1");
    expect(Number(part?.headers.get("x-timestamp"))).toBeGreaterThan(before);
    client.close();
  });

  test("browsers get the next part's headers with each picture, by Sec-Fetch-Dest or advance_headers=1", async () => {
    renderer.writeGrey(40);
    server.attach(renderer.names);
    for (const [path, headers] of [
      ["video/mjpeg", { "sec-fetch-dest": "image" }],
      ["video/mjpeg?advance_headers=1", {}],
    ] as const) {
      const client = await MjpegClient.open(server.url, path, { ...headers });
      const part = await client.next();
      expect(part?.headers.has("content-length")).toBe(false);
      expect(Math.abs(grey(part?.body ?? new Uint8Array()) - 40)).toBeLessThan(4);
      while (!client.unread.includes("Content-Type")) await client.more();
      expect(client.unread.toString()).toBe("\r\n--scenecast-frame\r\nContent-Type: image/jpeg\r\n\r\n");
      client.close();
    }
  });

  test("before the first frame the answer is there and waits, and goes on by itself", async () => {
    const client = await MjpegClient.open(server.url);
    expect(client.status).toBe(200);
    server.attach(renderer.names);
    renderer.writeGrey(77);
    expect(Math.abs((await nextGrey(client)) - 77)).toBeLessThan(4);
    client.close();
  });

  test("a person who looks at the bare stream reads that the first frame is waited for, and sees it when it comes", async () => {
    server.attach(renderer.names);
    // What browsers send for an <img>, and for an address that is opened.
    for (const accept of ["image/avif,image/webp,image/*,*/*;q=0.8", "text/html,application/xml;q=0.9"]) {
      const client = await MjpegClient.open(server.url, "video/mjpeg", { accept });
      const said = await client.next();
      expect(said?.headers.get("x-frame")).toBe("0");
      const picture = decodeJpeg(said?.body ?? new Uint8Array());
      expect([picture.width, picture.height]).toEqual([640, 360]);
      const bright = picture.data.filter((value, i) => i % 4 === 0 && value > 200).length;
      expect(bright).toBeGreaterThan(2000);
      expect(server.state.viewers[0]).toMatchObject({ transport: "mjpeg", frames: 0 });
      client.close();
      await eventually(() => server.viewers === 0, "the viewer is gone");
    }
    // The page has words of its own, and a program wants frames alone.
    const accept = "image/*,*/*;q=0.8";
    const person = await MjpegClient.open(server.url, "video/mjpeg", { accept });
    await person.next();
    const page = await MjpegClient.open(server.url, "video/mjpeg?viewer=viewer-0001", { accept });
    const program = await MjpegClient.open(server.url);
    renderer.writeGrey(77);
    for (const client of [person, page, program]) {
      const part = await client.next();
      expect(part?.headers.get("x-frame")).toBe("1");
      expect(Math.abs(grey(part?.body ?? new Uint8Array()) - 77)).toBeLessThan(4);
    }
    const late = await MjpegClient.open(server.url, "video/mjpeg", { accept });
    expect((await late.next())?.headers.get("x-frame")).toBe("1");
    for (const client of [person, page, program, late]) client.close();
  });

  test("the picture of a page may change its size at any frame", async () => {
    server.attach(renderer.names);
    const client = await MjpegClient.open(server.url, "video/mjpeg?viewer=viewer-0001");
    for (const size of [
      [64, 48],
      [640, 480],
      [3, 5],
      [1, 1],
      [100, 10],
    ] as [number, number][]) {
      renderer.writeGrey(90, size);
      const part = await client.next();
      const { width, height } = decodeJpeg(part?.body ?? new Uint8Array());
      expect([width, height]).toEqual(size);
    }
    client.close();
  });

  test("a recorder's pictures keep the size of its first frame, letterboxed, whatever the view's is", async () => {
    server.attach(renderer.names);
    const client = await MjpegClient.open(server.url);
    renderer.writeGrey(90, [64, 48]);
    await client.next();
    for (const size of [
      [640, 240],
      [3, 5],
      [64, 48],
    ] as [number, number][]) {
      renderer.writeGrey(90, size);
      const part = await client.next();
      const picture = decodeJpeg(part?.body ?? new Uint8Array());
      expect([picture.width, picture.height]).toEqual([64, 48]);
      expect(Math.abs(at(picture, 32, 24) - 90)).toBeLessThan(4);
      if (size[0] === 640) expect(at(picture, 32, 2)).toBeLessThan(4);
      if (size[0] === 3) expect(at(picture, 2, 24)).toBeLessThan(4);
    }
    client.close();
  });

  test("?size=WxH gives pictures of exactly that size, also after a resize and at rest", async () => {
    server.attach(renderer.names);
    const writeStill = (size: [number, number]) =>
      renderer.images.writeInto(...size, solid(...size, [90, 90, 90, 255]), { still: true });
    writeStill([64, 48]);
    const [wide, page] = await Promise.all([
      MjpegClient.open(server.url, "video/mjpeg?size=200x50"),
      MjpegClient.open(server.url, "video/mjpeg?size=31x17&viewer=viewer-0001"),
    ]);
    // The second of a frame is the full-quality one of a view at rest.
    for (let picture = 0; picture < 4; picture++) {
      if (picture === 2) writeStill([300, 480]);
      for (const [client, size] of [
        [wide, [200, 50]],
        [page, [31, 17]],
      ] as const) {
        const { width, height } = decodeJpeg((await client.next())?.body ?? new Uint8Array());
        expect([width, height]).toEqual([...size]);
      }
    }
    wide.close();
    page.close();
  });

  test("a ninth size is refused with words, and one that is there already is not", async () => {
    const open = (size: string) => MjpegClient.open(server.url, `video/mjpeg?size=${size}`);
    const clients = await Promise.all(Array.from({ length: 8 }, (_, i) => open(`${100 + i}x50`)));
    const refused = await fetch(`${server.url}video/mjpeg?size=200x50`);
    expect(refused.status).toBe(503);
    expect(await refused.text()).toMatch(/sent in 8 sizes already, .*107x50/);
    const ninth = await open("107x50");
    expect(ninth.status).toBe(200);
    for (const client of [...clients, ninth]) client.close();
  });

  test("HEAD is answered without a stream, other methods with 405, a bad viewer id with 400", async () => {
    const url = `${server.url}video/mjpeg`;
    const head = await fetch(url, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("content-type")).toStartWith("multipart/x-mixed-replace");
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
    const bad = await fetch(`${url}?viewer=a%20b`);
    expect(bad.status).toBe(400);
    expect(await bad.text()).toContain("viewer");
    expect(server.viewers).toBe(0);
  });

  test("each frame is encoded once, however many viewers there are, and none while nobody looks", async () => {
    server.attach(renderer.names);
    renderer.writeGrey(10);
    expect(server.state.encoder.frames).toBe(0);
    const clients = await Promise.all(Array.from({ length: 8 }, () => MjpegClient.open(server.url)));
    await Promise.all(clients.map((client) => client.next()));
    for (let frame = 0; frame < 5; frame++) {
      renderer.writeGrey(20 * frame);
      await Promise.all(clients.map((client) => client.next()));
    }
    expect(server.state.encoder.frames).toBe(6);
    for (const client of clients) client.close();
    await eventually(() => server.viewers === 0, "all viewers are gone");
    renderer.writeGrey(200);
    await fetch(`${server.url}healthz`);
    expect(server.state.encoder.frames).toBe(6);
  });

  test("the page hears by its socket of each frame that its own stream got", async () => {
    server.attach(renderer.names);
    const socket = await SocketClient.open(server.url, "ws?viewer=viewer-0001");
    const client = await MjpegClient.open(server.url, "video/mjpeg?viewer=viewer-0001");
    const other = await MjpegClient.open(server.url, "video/mjpeg?viewer=viewer-0002");
    renderer.writeGrey(50, [64, 48], 1234.5678901234567);
    const part = await client.next();
    await other.next();
    const notice = await socket.next("frame");
    expect(notice).toMatchObject({ frame: 1, width: 64, height: 48, eventMs: 1234.5678901234567 });
    expect(notice.bytes).toBe(part?.body.length ?? -1);
    expect(notice.ageMs).toBeGreaterThanOrEqual(0);
    expect((await socket.settle()).filter((message) => message.type === "frame")).toEqual([]);
    for (const open of [client, other, socket]) open.close();
  });

  test("a socket may tell its viewer's id by hello as well", async () => {
    server.attach(renderer.names);
    const socket = await SocketClient.open(server.url);
    socket.send({ type: "hello", viewer: "viewer-0003" });
    await socket.settle();
    const client = await MjpegClient.open(server.url, "video/mjpeg?viewer=viewer-0003");
    renderer.writeGrey(50);
    await client.next();
    expect((await socket.next("frame")).frame).toBe(1);
    expect(server.state.viewers).toHaveLength(1);
    client.close();
    socket.close();
  });

  test("a second stream of the same viewer ends the first", async () => {
    server.attach(renderer.names);
    renderer.writeGrey(50);
    const first = await MjpegClient.open(server.url, "video/mjpeg?viewer=viewer-0004");
    await first.next();
    const second = await MjpegClient.open(server.url, "video/mjpeg?viewer=viewer-0004");
    await second.next();
    expect(await first.next()).toBeNull();
    expect(server.viewers).toBe(1);
    second.close();
  });

  test("an already aborted request leaves no stream and no viewer", async () => {
    server.attach(renderer.names);
    renderer.writeGrey(50);
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

  test("viewers stay over the loss of a renderer, and go on with the next", async () => {
    renderer.writeGrey(40);
    server.attach(renderer.names);
    const client = await MjpegClient.open(server.url);
    const socket = await SocketClient.open(server.url);
    await client.next();
    server.detach("it was killed", { restarting: true });
    expect((await socket.next("status", (m) => m.renderer.state === "gone")).renderer).toEqual({
      state: "gone",
      reason: "it was killed",
      restarting: true,
    });
    using second = new TestRenderer({ pixelFormat: "rgb" });
    second.writeGrey(160);
    server.attach(second.names);
    expect(Math.abs((await nextGrey(client)) - 160)).toBeLessThan(4);
    await socket.next("status", (m) => m.renderer.state === "running");
    client.close();
    socket.close();
  });

  test("the renderer is told how many look; a socket alone does not", async () => {
    server.attach(renderer.names);
    renderer.writeGrey(1);
    const socket = await SocketClient.open(server.url);
    expect(renderer.images.viewers).toBe(0);
    const client = await MjpegClient.open(server.url);
    await client.next();
    expect(renderer.images.viewers).toBe(1);
    client.close();
    await eventually(() => renderer.images.viewers === 0, "the renderer knows that nobody looks");
    socket.close();
  });
});

describe("many and slow viewers", () => {
  test("viewers that never read get no more than they can hold, and another gets every frame", async () => {
    using large = new TestRenderer({ maxSize: [1280, 720] });
    server.attach(large.names);
    const noise = crypto.getRandomValues(new Uint8Array(65536));
    const pixels = new Uint8Array(1280 * 720 * 4).map((_, i) => noise[i % 65521] ?? 0);
    const stalled = await Promise.all(Array.from({ length: 10 }, () => openAndNeverRead(server.port)));
    const good = await MjpegClient.open(server.url, "video/mjpeg?viewer=good-viewer");
    Bun.gc(true);
    const before = process.memoryUsage().rss;
    const FRAMES = 60;
    for (let frame = 1; frame <= FRAMES; frame++) {
      pixels.fill(frame, 0, 4096);
      large.images.writeInto(1280, 720, pixels);
      expect((await good.next())?.headers.get("x-frame")).toBe(String(frame));
    }
    const viewers = server.state.viewers;
    const theGood = viewers.find((viewer) => viewer.frames === FRAMES);
    expect(theGood?.skipped).toBe(0);
    const bad = viewers.filter((viewer) => viewer !== theGood);
    expect(bad).toHaveLength(10);
    for (const viewer of bad) expect(viewer.frames).toBeLessThan(FRAMES);
    // 60 frames of some 0.9 MB for ten viewers would be 500 MB. What is garbage by now may not have been given back.
    Bun.gc(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(250e6);
    // A viewer that begins to read again gets what was on its way, and then the newest.
    expect(server.state.encoder.frames).toBe(FRAMES);
    for (const socket of stalled) socket.destroy();
    good.close();
    await eventually(() => server.viewers === 0, "all viewers are gone");
  });

  test("a viewer that stalls and reads again goes on with the newest frame", async () => {
    using large = new TestRenderer({ maxSize: [1280, 720] });
    server.attach(large.names);
    const pixels = crypto.getRandomValues(new Uint8Array(65536));
    const picture = new Uint8Array(1280 * 720 * 4).map((_, i) => pixels[i % 65521] ?? 0);
    const slow = await openAndNeverRead(server.port);
    let frame = 0;
    for (; server.state.viewers[0]?.skipped === 0 || frame < 10; frame++) {
      if (frame > 300) throw new Error("A viewer that never reads was never skipped.");
      picture.fill(frame, 0, 4096);
      large.images.writeInto(1280, 720, picture);
      await eventually(() => (server.state.frame?.number ?? 0) > frame, "the frame is noticed");
      await Bun.sleep(5);
      if (frame > 20 && (server.state.viewers[0]?.frames ?? 0) < frame - 3) break;
    }
    const newest = server.state.frame?.number;
    let text = "";
    slow.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString("latin1")).slice(-4_000_000);
    });
    slow.resume();
    await eventually(() => text.includes(`X-Frame: ${newest}\r\n`), "the newest frame arrives");
    slow.destroy();
  });

  test("a viewer that takes nothing for too long is let go, with its connection", async () => {
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
          stalledMs: 50,
        }).response;
      },
    });
    const socket = await openAndNeverRead(http.port ?? 0);
    const noise = crypto.getRandomValues(new Uint8Array(65536));
    const picture = new Uint8Array(1280 * 720 * 4).map((_, i) => noise[i % 65521] ?? 0);
    let frame = 0;
    const writing = setInterval(() => {
      picture.fill(frame++, 0, 4096);
      large.images.writeInto(1280, 720, picture);
    }, 5);
    await closed.promise;
    clearInterval(writing);
    expect(broadcast.size).toBe(0);
    socket.destroy();
  });

  test("fifty viewers that come and go leave nothing behind", async () => {
    server.attach(renderer.names);
    renderer.writeGrey(10);
    const warm = await MjpegClient.open(server.url);
    await warm.next();
    warm.close();
    await eventually(() => server.viewers === 0, "the first viewer is gone");
    const descriptors = () => readdirSync("/proc/self/fd").length;
    const before = descriptors();
    for (let round = 0; round < 5; round++) {
      const clients = await Promise.all(Array.from({ length: 10 }, () => MjpegClient.open(server.url)));
      await Promise.all(clients.map((client) => client.next()));
      expect(server.viewers).toBe(10);
      for (const client of clients) client.close();
      await eventually(() => server.viewers === 0, "all viewers are gone");
    }
    expect(server.state.viewers).toEqual([]);
    expect(renderer.images.viewers).toBe(0);
    await eventually(() => descriptors() <= before + 2, "the descriptors are back");
  });
});

/** A connection that asks for the stream and reads nothing of it. */
async function openAndNeverRead(port: number): Promise<net.Socket> {
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.pause();
  socket.write("GET /video/mjpeg HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return socket;
}
