import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Broadcast } from "../../src/encode/broadcast.ts";
import { FrameSource } from "../../src/encode/frame-source.ts";
import { JpegEncoder } from "../../src/encode/jpeg-encoder.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { JpegSocket } from "../../src/server/jpeg-socket.ts";
import { type ScenecastServer, startServer } from "../../src/server/server.ts";
import { TestRenderer } from "../encode/producers.ts";
import { eventually, SocketClient } from "./clients.ts";

const VIEWER = "viewer-of-this-test";

let server: ScenecastServer;
let renderer: TestRenderer;

beforeEach(async () => {
  server = await startServer({ port: 0 });
  renderer = new TestRenderer();
  server.attach(renderer.names);
});
afterEach(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

/** A real client of `ws?picture=jpeg` that says when it has a picture only where it is told to. */
class PictureClient {
  readonly #socket: WebSocket;
  readonly #greys: number[] = [];
  readonly closed: Promise<number>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      const { data: pixels, width, height } = decodeJpeg(new Uint8Array(data));
      this.#greys.push(pixels[(Math.floor(height / 2) * width + Math.floor(width / 2)) * 4] ?? -1);
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code }) => resolve(code));
    });
  }

  static async open(url: string, query = `picture=jpeg&viewer=${VIEWER}`): Promise<PictureClient> {
    const socket = new WebSocket(new URL(`ws?${query}`, url).href.replace(/^http/, "ws"));
    const client = new PictureClient(socket);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error("refused")));
    });
    return client;
  }

  /** How many pictures have come. */
  get count(): number {
    return this.#greys.length;
  }

  /** Waits until the newest picture has this grey. */
  sees(grey: number): Promise<void> {
    return eventually(() => Math.abs((this.#greys.at(-1) ?? -99) - grey) < 4, `the picture has grey ${grey}`);
  }

  confirm(): void {
    this.#socket.send("");
  }

  close(): void {
    this.#socket.close();
  }
}

describe("GET /ws?picture=jpeg", () => {
  test("a viewer gets the picture that is there at once, and then every new one", async () => {
    renderer.writeGrey(40);
    const client = await PictureClient.open(server.url);
    await client.sees(40);
    for (const grey of [80, 120, 160]) {
      client.confirm();
      renderer.writeGrey(grey);
      await client.sees(grey);
    }
    expect(client.count).toBe(4);
    client.close();
  });

  test("no more than two are on their way; then comes the newest, and the last one always", async () => {
    renderer.writeGrey(10);
    const client = await PictureClient.open(server.url);
    await client.sees(10);
    renderer.writeGrey(30);
    await client.sees(30);
    const slow = () => server.state.viewers.find(({ frames }) => frames >= 2);
    for (const grey of [50, 70, 90, 110]) {
      renderer.writeGrey(grey);
      // Whoever comes now is sent the picture of now.
      const other = await PictureClient.open(server.url, "picture=jpeg");
      await other.sees(grey);
      other.close();
    }
    expect(slow()).toMatchObject({ transport: "jpeg", frames: 2 });
    client.confirm();
    await client.sees(110);
    expect(client.count).toBe(3);
    expect(slow()).toMatchObject({ frames: 3, skipped: 3, width: 64, height: 48 });
    client.close();
  });

  test("it counts as looking, and no more when it has gone", async () => {
    const client = await PictureClient.open(server.url);
    expect(server.viewers).toBe(1);
    await eventually(() => renderer.images.viewers === 1, "the renderer hears of it");
    client.close();
    await eventually(() => renderer.images.viewers === 0, "the renderer hears of its end");
    expect(server.state.viewers).toEqual([]);
  });

  test("the page's own socket is told of each picture, as with MJPEG", async () => {
    const page = await SocketClient.open(server.url, `ws?viewer=${VIEWER}`);
    const client = await PictureClient.open(server.url);
    renderer.writeGrey(40, [64, 48], 12345);
    expect(await page.next("frame")).toMatchObject({ frame: 1, width: 64, height: 48, eventMs: 12345 });
    client.close();
    page.close();
  });

  test("opened anew, the older one is ended; when the server stops both hear 1001", async () => {
    const first = await PictureClient.open(server.url);
    const second = await PictureClient.open(server.url);
    expect(await first.closed).toBe(1001);
    expect(server.viewers).toBe(1);
    await server.stop();
    expect(await second.closed).toBe(1001);
  });

  test("what a peer sends is no event and harms nothing", async () => {
    renderer.writeGrey(40);
    const client = await PictureClient.open(server.url);
    for (let count = 0; count < 20; count++) client.confirm();
    await client.sees(40);
    renderer.writeGrey(90);
    await client.sees(90);
    expect(renderer.queue.isEmpty).toBe(true);
    client.close();
  });

  test("other pictures than JPEG, and a server without MJPEG, refuse it in words", async () => {
    const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
    const png = await fetch(`${server.url}ws?picture=png`, { headers: upgrade });
    expect([png.status, await png.text()]).toEqual([400, 'There is no picture "png" at this address.\n']);
    await using without = await startServer({ port: 0, providesMjpeg: false });
    await expect(PictureClient.open(without.url)).rejects.toThrow("refused");
  });
});

test("a page that takes no picture any more is given up after a while", async () => {
  const source = new FrameSource();
  source.attach(renderer.images);
  const broadcast = new Broadcast(source, new JpegEncoder(), { onError: () => {} });
  const own = Bun.serve<{ stream: JpegSocket | null }>({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, bun) => void bun.upgrade(request, { data: { stream: null } }),
    websocket: {
      open(ws) {
        ws.data.stream = new JpegSocket(ws, { broadcast, onSent: () => {}, stalledMs: 50 });
      },
      message: (ws) => ws.data.stream?.receive(),
      close: (ws) => ws.data.stream?.closed(),
    },
  });
  const client = await PictureClient.open(String(own.url));
  renderer.writeGrey(40);
  await client.sees(40);
  renderer.writeGrey(90);
  await client.sees(90);
  expect(await client.closed).toBe(1001);
  await eventually(() => broadcast.size === 0, "nothing is encoded for it");
  source.detach();
  await own.stop(true);
});
