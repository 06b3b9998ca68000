import { describe, expect, test } from "bun:test";
import { Broadcast } from "../../src/encode/broadcast.ts";
import { FrameSource } from "../../src/encode/frame-source.ts";
import { JpegEncoder } from "../../src/encode/jpeg-encoder.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { KeepAlive } from "../../src/server/keep-alive.ts";
import { MjpegStream } from "../../src/server/mjpeg.ts";
import type { MultipartForm } from "../../src/server/multipart.ts";
import { TestRenderer } from "../encode/producers.ts";
import { launchBrowser } from "../support/browser.ts";
import { eventually, MjpegClient } from "./clients.ts";

/** A server of one renderer's MJPEG stream, looked after every few ms instead of seconds. */
class QuietServer implements Disposable {
  readonly renderer = new TestRenderer();
  readonly streams: MjpegStream[] = [];
  readonly encoder = new JpegEncoder();
  readonly #source = new FrameSource();
  readonly #keepAlive: KeepAlive;
  readonly #http: ReturnType<typeof Bun.serve>;

  constructor(form: MultipartForm, lookMs = 5) {
    this.#keepAlive = new KeepAlive(lookMs);
    this.#source.attach(this.renderer.images);
    const broadcast = new Broadcast(this.#source, this.encoder, { onError: () => {} });
    this.#http = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request, http) => {
        const { pathname } = new URL(request.url);
        if (pathname === "/page") {
          return new Response('<img src="/video/mjpeg">', { headers: { "Content-Type": "text/html" } });
        }
        http.timeout(request, 0);
        const stream = new MjpegStream(request.signal, {
          form,
          broadcast,
          meanwhile: null,
          keepAlive: this.#keepAlive,
          onSent: () => {},
          onClosed: () => {},
        });
        this.streams.push(stream);
        return stream.response;
      },
    });
  }

  get url(): string {
    return this.#http.url.href;
  }

  [Symbol.dispose](): void {
    for (const stream of this.streams) stream.close();
    void this.#http.stop(true);
    this.#source.detach();
    this.renderer[Symbol.dispose]();
  }
}

function grey(jpeg: Uint8Array | undefined): number {
  return decodeJpeg(jpeg ?? new Uint8Array()).data[0] ?? -1;
}

/** Reads until `count` bytes have come that are no part yet. */
async function readSilence(client: MjpegClient, count: number): Promise<Buffer> {
  const before = client.unread.length;
  while (client.unread.length < before + count) {
    if (!(await client.more())) throw new Error("The stream ended.");
  }
  return client.unread;
}

describe.each(["length", "advance"] as const)("a view at rest, in the %s form", (form) => {
  test("says something now and then, sends no frame and encodes none, and goes on with the next", async () => {
    using server = new QuietServer(form);
    server.renderer.writeGrey(40);
    const client = await MjpegClient.open(server.url);
    for (const value of [40, 120, 200]) {
      if (value > 40) server.renderer.writeGrey(value);
      const part = await client.next();
      expect(Math.abs(grey(part?.body) - value)).toBeLessThan(4);
      expect(part?.headers.get("content-type")).toBe("image/jpeg");
      await readSilence(client, form === "length" ? 100 : 20);
      expect(server.streams[0]?.frames).toBe(value / 80 + 0.5);
    }
    expect(server.encoder.frames).toBe(3);
    client.close();
  });

  test("is kept open before the first frame as well", async () => {
    using server = new QuietServer(form);
    const client = await MjpegClient.open(server.url);
    await readSilence(client, 30);
    server.renderer.writeGrey(90);
    expect(Math.abs(grey((await client.next())?.body) - 90)).toBeLessThan(4);
    expect(server.streams[0]?.frames).toBe(1);
    client.close();
  });
});

test("streams are looked after by one timer, which ends with the last of them", async () => {
  const keepAlive = new KeepAlive(1);
  const looks = [0, 0];
  const streams = looks.map((_, i) => ({ keepAlive: () => void looks.splice(i, 1, (looks[i] ?? 0) + 1) }));
  for (const stream of streams) keepAlive.add(stream);
  await eventually(() => looks.every((count) => count > 2), "both are looked after");
  for (const stream of streams) keepAlive.remove(stream);
  const last = [...looks];
  await Bun.sleep(10);
  expect(looks).toEqual(last);
});

test("a part's header lines stay few: after sixty the last picture comes again, uncounted and not encoded", async () => {
  using server = new QuietServer("length", 1);
  server.renderer.writeGrey(70);
  const client = await MjpegClient.open(server.url);
  const first = await client.next();
  const again = await client.next();
  expect(Buffer.compare(again?.body ?? Buffer.alloc(0), first?.body ?? Buffer.alloc(1))).toBe(0);
  expect(again?.headers.get("x-frame")).toBe(first?.headers.get("x-frame") ?? "");
  expect(server.streams[0]?.frames).toBe(1);
  expect(server.encoder.frames).toBe(1);
  const held = await readSilence(client, 30);
  expect(held.toString("latin1")).toContain("X-Waiting");
  client.close();
});

test("Chromium shows the picture all the while, and the next one when it comes", async () => {
  using server = new QuietServer("advance");
  await using browser = await launchBrowser();
  const page = await browser.context.newPage();
  await page.goto(`${server.url}page`, { waitUntil: "commit" });
  /** The picture's grey as the page has it; -1 where there is none, "broken" where Chromium gave it up. */
  const shown = () =>
    page.evaluate(() => {
      const image = document.querySelector("img");
      const context = document.createElement("canvas").getContext("2d");
      if (image === null || context === null || image.naturalWidth === 0) return -1;
      context.drawImage(image, 0, 0);
      return context.getImageData(5, 5, 1, 1).data[0] ?? -1;
    });
  const stream = () => server.streams[0];
  await eventually(() => (stream()?.bytes ?? 0) > 70, "the stream is kept open before the first frame");
  for (const value of [40, 120, 200]) {
    server.renderer.writeGrey(value);
    while (Math.abs((await shown()) - value) > 3) await Bun.sleep(5);
    const before = stream()?.bytes ?? 0;
    await eventually(
      () => (stream()?.bytes ?? 0) > before + 10,
      "nothing but fill bytes was sent for a while",
    );
    expect(Math.abs((await shown()) - value)).toBeLessThan(4);
  }
  expect(stream()?.frames).toBe(3);
}, 30_000);
