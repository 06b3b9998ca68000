import { describe, expect, test } from "bun:test";
import { Broadcast } from "../../src/encode/broadcast.ts";
import { FrameSource } from "../../src/encode/frame-source.ts";
import { JpegEncoder } from "../../src/encode/jpeg-encoder.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { whenAborted } from "../../src/server/abort.ts";
import { MjpegStream } from "../../src/server/frames/mjpeg-stream.ts";
import type { MultipartForm } from "../../src/server/frames/multipart.ts";
import { TestRenderer } from "../encode/producers.ts";
import { launchBrowser } from "../support/browser.ts";
import { eventually, MjpegClient } from "./clients.ts";

/** Server of one renderer's MJPEG stream, with a repeat interval of ms instead of seconds. */
class RepeatingServer implements Disposable {
  readonly renderer = new TestRenderer();
  readonly streams: MjpegStream[] = [];
  readonly encoder = new JpegEncoder();
  readonly #source = new FrameSource();
  readonly #http: ReturnType<typeof Bun.serve>;

  constructor(form: MultipartForm, repeatMs = 10, initialBurst?: { frames: number; repeatMs: number }) {
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
        const stream = new MjpegStream({
          ...{ form, size: "first", repeatMs, initialBurst, broadcast, placeholder: null },
          onSent: () => {},
          onClosed: () => {},
        });
        whenAborted(request.signal, () => stream.close());
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

describe.each(["length", "advance"] as const)("a still view in the %s form", (form) => {
  test("a still view is repeated as the same JPEG, neither encoded nor counted again, until the next frame", async () => {
    using server = new RepeatingServer(form);
    const client = await MjpegClient.open(server.url);
    for (const value of [40, 120, 200]) {
      server.renderer.writeGrey(value);
      let part = await client.next();
      for (
        let count = 0;
        Math.abs((decodeJpeg(part?.body ?? new Uint8Array()).data[0] ?? -1) - value) > 4;
        count++
      ) {
        if (count > 100) throw new Error(`A frame of grey ${value} was not received.`);
        part = await client.next();
      }
      for (let time = 0; time < 3; time++) {
        const repeated = await client.next();
        expect(Buffer.compare(repeated?.body ?? Buffer.alloc(0), part?.body ?? Buffer.alloc(1))).toBe(0);
        expect(repeated?.headers.get("x-frame")).toBe(part?.headers.get("x-frame") ?? null);
      }
    }
    expect(server.streams[0]?.subscription?.delivered).toBe(3);
    expect(server.encoder.frames).toBe(3);
    client.close();
  });
});

test("a closed stream repeats nothing", async () => {
  using server = new RepeatingServer("length", 1);
  server.renderer.writeGrey(40);
  const client = await MjpegClient.open(server.url);
  await client.next();
  server.streams[0]?.close();
  const bytes = server.streams[0]?.bytes;
  // Timers fire in the order of their due times: a repeat would be written before this one fires.
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(server.streams[0]?.bytes).toBe(bytes as number);
  client.close();
});

test("Chromium shows a repeated frame without interruption, and then the next one", async () => {
  using server = new RepeatingServer("advance");
  await using browser = await launchBrowser();
  const page = await browser.context.newPage();
  await page.goto(`${server.url}page`, { waitUntil: "commit" });
  /** Grey of the image in the page; -1 if there is none, or Chromium has marked it as broken. */
  const greyOfImage = () =>
    page.evaluate(() => {
      const image = document.querySelector("img");
      const context = document.createElement("canvas").getContext("2d");
      if (image === null || context === null || image.naturalWidth === 0) return -1;
      context.drawImage(image, 0, 0);
      return context.getImageData(5, 5, 1, 1).data[0] ?? -1;
    });
  const stream = () => server.streams[0];
  for (const value of [40, 120, 200]) {
    server.renderer.writeGrey(value);
    await eventually(async () => Math.abs((await greyOfImage()) - value) < 4, `the page shows grey ${value}`);
    const before = stream()?.bytes ?? 0;
    await eventually(() => (stream()?.bytes ?? 0) > before + 4000, "the frame was repeated several times");
    expect(Math.abs((await greyOfImage()) - value)).toBeLessThan(4);
  }
  expect(stream()?.subscription?.delivered).toBe(3);
}, 30_000);

test("the first frames of a still view are sent as a burst, for players that estimate the frame rate from them", async () => {
  using server = new RepeatingServer("length", 3_600_000, { frames: 5, repeatMs: 5 });
  server.renderer.writeGrey(90);
  const client = await MjpegClient.open(server.url);
  for (let count = 0; count < 5; count++) {
    expect(decodeJpeg((await client.next())?.body ?? new Uint8Array()).width).toBeGreaterThan(0);
  }
  client.close();
});
