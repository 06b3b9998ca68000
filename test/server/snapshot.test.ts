import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { PNG } from "pngjs";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { PlainFuryProducer, TestRenderer } from "../encode/producers.ts";
import { eventually } from "./clients.ts";

let server: ScenecastServer;
beforeEach(async () => {
  server = await startServer({ port: 0 });
});
afterEach(() => server.stop());

/** Smooth colors that differ in every corner. `components`: 3 or 4. Rows from the top. */
function gradient(width: number, height: number, components: 3 | 4): Uint8Array {
  const pixels = new Uint8Array(width * height * components);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += components) {
      pixels[i] = Math.round((255 * x) / width);
      pixels[i + 1] = Math.round((255 * y) / height);
      pixels[i + 2] = Math.round((127 * (x + y)) / (width + height));
      // Any alpha: snapshots are opaque.
      if (components === 4) pixels[i + 3] = x % 256;
    }
  }
  return pixels;
}

function upsideDown(pixels: Uint8Array, stride: number): Uint8Array {
  const rows = pixels.length / stride;
  const out = new Uint8Array(pixels.length);
  for (let y = 0; y < rows; y++)
    out.set(pixels.subarray(y * stride, (y + 1) * stride), (rows - 1 - y) * stride);
  return out;
}

/** Largest difference of a color channel between RGBA pixels and the drawn ones. */
function maxDifference(rgba: Uint8Array, drawn: Uint8Array, components: 3 | 4): number {
  let result = 0;
  for (let i = 0, j = 0; i < rgba.length; i += 4, j += components) {
    for (let c = 0; c < 3; c++) result = Math.max(result, Math.abs((rgba[i + c] ?? 0) - (drawn[j + c] ?? 0)));
  }
  return result;
}

describe("snapshots", () => {
  const SIZES: [number, number][] = [
    [320, 200],
    [1, 1],
    [7, 3],
    [1, 100],
    [633, 479],
  ];

  test.each(SIZES)(
    "a PNG of %dx%d px has exactly the pixels that were rendered, RGBA",
    async (width, height) => {
      using renderer = new TestRenderer();
      const drawn = gradient(width, height, 4);
      renderer.images.write(width, height, upsideDown(drawn, width * 4));
      server.attach(renderer.names);
      const response = await fetch(`${server.url}snapshot.png`);
      expect(response.headers.get("content-type")).toBe("image/png");
      const png = PNG.sync.read(Buffer.from(await response.arrayBuffer()));
      expect([png.width, png.height]).toEqual([width, height]);
      expect(maxDifference(png.data, drawn, 4)).toBe(0);
      expect(png.data.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
    },
  );

  test("a JPEG snapshot is close to the frame in every pixel: full quality, without chroma subsampling", async () => {
    using renderer = new TestRenderer();
    const drawn = gradient(320, 200, 4);
    renderer.images.write(320, 200, upsideDown(drawn, 320 * 4));
    server.attach(renderer.names);
    const bytes = await (await fetch(`${server.url}snapshot.jpg`)).bytes();
    const { data, width, height } = decodeJpeg(bytes);
    expect([width, height]).toEqual([320, 200]);
    expect(maxDifference(data, drawn, 4)).toBeLessThanOrEqual(8);
    // Sampling factors in the frame header: 0x11 for all components is 4:4:4.
    const sof = Buffer.from(bytes).indexOf(Buffer.from([0xff, 0xc0]));
    expect([11, 14, 17].map((offset) => bytes[sof + offset])).toEqual([0x11, 0x11, 0x11]);
  });

  test("PNG and JPEG snapshots work for a plain FURY producer, whose frames are RGB", async () => {
    using fury = new PlainFuryProducer(320, 200);
    server.attach(fury.names);
    const drawn = gradient(320, 200, 3);
    fury.write(320, 200, upsideDown(drawn, 320 * 3));
    const png = PNG.sync.read(Buffer.from(await (await fetch(`${server.url}snapshot.png`)).arrayBuffer()));
    expect(maxDifference(png.data, drawn, 3)).toBe(0);
    const { data } = decodeJpeg(await (await fetch(`${server.url}snapshot.jpg`)).bytes());
    expect(maxDifference(data, drawn, 3)).toBeLessThanOrEqual(8);
  });

  test("concurrent snapshots each show the newest frame while the view changes", async () => {
    using renderer = new TestRenderer();
    server.attach(renderer.names);
    for (let frame = 1; frame <= 5; frame++) {
      renderer.writeGrey(frame * 40);
      await eventually(() => server.state.frame?.number === frame || frame === 1, "the frame is detected");
      const images = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const response = await fetch(`${server.url}snapshot.png`);
          return PNG.sync.read(Buffer.from(await response.arrayBuffer())).data[0];
        }),
      );
      expect(images).toEqual(Array(6).fill(frame * 40));
    }
  });

  test("a snapshot waits for the first frame, and wakes the renderer for it", async () => {
    using renderer = new TestRenderer();
    server.attach(renderer.names);
    const answer = fetch(`${server.url}snapshot.png`);
    await eventually(() => renderer.images.viewers === 1, "the snapshot's demand reaches the renderer");
    renderer.writeGrey(50);
    expect((await answer).status).toBe(200);
    await eventually(() => renderer.images.viewers === 0, "the demand has ended");
  });

  test("a snapshot of a view that is about to be still waits for the full view", async () => {
    using renderer = new TestRenderer();
    server.attach(renderer.names);
    renderer.writeGrey(1);
    const write = (value: number, still: boolean) => {
      renderer.images.write(1, 1, Uint8Array.of(value, value, value, 255), { still });
      if (still) renderer.images.hasPendingRender = false;
    };
    const grey = async () =>
      PNG.sync.read(Buffer.from(await (await fetch(`${server.url}snapshot.png`)).arrayBuffer())).data[0];
    write(10, true);
    renderer.images.hasPendingRender = true; // something changed without demand
    const first = grey();
    await eventually(() => renderer.images.viewers === 1, "the snapshot's demand reaches the renderer");
    write(20, false);
    await eventually(() => server.state.frame?.still === false, "the frame is detected");
    write(30, true);
    expect(await first).toBe(30);
    // A snapshot also waits for the effect of events in the queue.
    renderer.queue.enqueue([1, 120, 0, 0, 0, 0, 0, 0]);
    const second = grey();
    await eventually(() => renderer.images.viewers === 1, "the snapshot's demand reaches the renderer");
    renderer.images.hasPendingRender = true;
    renderer.queue.dequeue();
    write(40, false);
    write(50, true);
    expect(await second).toBe(50);
    // An event without effect causes no frame.
    renderer.queue.enqueue([2, 0, 0, 0, 0, 0, 0, 0]);
    const third = grey();
    await eventually(() => renderer.images.viewers === 1, "the snapshot's demand reaches the renderer");
    renderer.queue.dequeue();
    expect(await third).toBe(50);
    // A view that keeps moving, or a renderer that hangs, is shown as it is.
    renderer.images.hasPendingRender = true;
    write(60, false);
    expect(await grey()).toBe(60);
  });

  describe("a slow renderer", () => {
    let renderer: TestRenderer;
    beforeEach(() => {
      renderer = new TestRenderer();
      server.attach(renderer.names);
      renderer.images.write(1, 1, Uint8Array.of(10, 10, 10, 255), { still: false });
      renderer.images.hasPendingRender = true;
      server.setRendererStatus({ state: "running", completeness: 0.25 });
    });
    afterEach(() => renderer[Symbol.dispose]());

    test("a snapshot waits as long as the renderer makes progress", async () => {
      const answer = fetch(`${server.url}snapshot.png`);
      for (const completeness of [0.5, 0.75]) {
        // Two intervals are longer than the timeout for a moving view.
        await Bun.sleep(1000);
        server.setRendererStatus({ state: "running", completeness });
        expect(server.state.frame?.completeness).toBe(completeness);
      }
      renderer.images.write(1, 1, Uint8Array.of(20, 20, 20, 255), { still: true });
      renderer.images.hasPendingRender = false;
      server.setRendererStatus({ state: "running" });
      const response = await answer;
      expect(response.status).toBe(200);
      expect(PNG.sync.read(Buffer.from(await response.arrayBuffer())).data[0]).toBe(20);
      expect(server.state.frame).toMatchObject({ still: true, completeness: 1 });
    });

    test("a snapshot request without renderer progress is answered with 503, the completeness and Retry-After", async () => {
      const response = await fetch(`${server.url}snapshot.png`);
      expect(response.status).toBe(503);
      expect(await response.text()).toContain("The picture is not complete: 25 % of it is drawn.");
      expect(Number(response.headers.get("retry-after"))).toBeWithin(1, 61);
    }, 30_000);

    test("a snapshot during a load waits for the files, longer than for a moving view", async () => {
      const loading = { state: "loading", fraction: 0.5, phase: "reading", secondsLeft: 3 } as const;
      server.setRendererStatus(loading);
      renderer.images.write(1, 1, Uint8Array.of(11, 11, 11, 255), { still: false });
      const answer = fetch(`${server.url}snapshot.png`);
      await Bun.sleep(1700);
      // Frames of a preview do not end the wait.
      expect(server.state.renderer).toMatchObject(loading);
      renderer.images.write(1, 1, Uint8Array.of(30, 30, 30, 255), { still: true });
      renderer.images.hasPendingRender = false;
      server.setRendererStatus({ state: "running" });
      expect(PNG.sync.read(Buffer.from(await (await answer).arrayBuffer())).data[0]).toBe(30);
    });

    test("a partial snapshot shows the newest frame without waiting", async () => {
      const response = await fetch(`${server.url}snapshot.png?partial=1`);
      expect(response.status).toBe(200);
      expect(PNG.sync.read(Buffer.from(await response.arrayBuffer())).data[0]).toBe(10);
      expect(server.state.frame).toMatchObject({ still: false, completeness: 0.25 });
    });
  });

  test("a snapshot that is aborted by its client or by the server's stop leaks nothing", async () => {
    using renderer = new TestRenderer();
    server.attach(renderer.names);
    const abort = new AbortController();
    const aborted = fetch(`${server.url}snapshot.png`, { signal: abort.signal }).catch(() => "aborted");
    await eventually(() => server.viewers === 1, "the snapshot waits");
    abort.abort();
    expect(await aborted).toBe("aborted");
    await eventually(() => server.viewers === 0, "no snapshot waits any more");
    const interrupted = fetch(`${server.url}snapshot.png`);
    await eventually(() => server.viewers === 1, "the snapshot waits");
    await server.stop();
    expect(
      await interrupted.then(
        (response) => response.status,
        () => 503,
      ),
    ).toBe(503);
  });

  test("a snapshot without a frame after ten seconds is answered with 503 and the reason", async () => {
    server.setRendererStatus({
      state: "loading",
      fraction: null,
      phase: "reading bunny.obj",
      secondsLeft: null,
    });
    const response = await fetch(`${server.url}snapshot.png`);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain("reading bunny.obj");
  }, 30_000);
});
