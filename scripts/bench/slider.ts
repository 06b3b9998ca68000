import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type FrameHeader, readFrameMessage } from "../../src/protocol/frame-header.ts";
import { cpuMs, figure, share } from "./measure.ts";
import { type BenchSetup, rendererOf, whenStill } from "./setup.ts";
import { writeHeadVolume } from "./volume-model.ts";

/** Vertices along a side of the mesh with values: one million triangles. */
const SIDE = 708;

/** Time between two changes, ms: longer than the full view takes after the one before. */
const PAUSE_MS = 1500;

const FOLDER = `${import.meta.dir}/../../build/bench`;

interface Slider {
  readonly file: string;
  readonly what: string;
  /** The i-th position of the slider. */
  readonly change: (i: number) => object;
}

/** From the command that changes a property of a layer to the frame that shows it, beside the rendering time of that frame. */
export async function benchSlider({ start, model, runs, seconds, report }: BenchSetup): Promise<void> {
  const [values, volume] = [`${FOLDER}/values-1m.ply`, `${FOLDER}/head-512.nii`];
  writeValues(values);
  writeHeadVolume(volume, 512);
  const sliders: readonly Slider[] = [
    { file: model, what: "opacity", change: (i) => ({ opacity: 0.3 + 0.05 * (i % 10) }) },
    { file: values, what: "range", change: (i) => ({ range: [0, 0.5 + 0.05 * (i % 10)] }) },
    { file: values, what: "threshold", change: (i) => ({ threshold: [0.05 * (i % 10), 2] }) },
    { file: volume, what: "slice", change: (i) => ({ slice: `x=${5 * (i % 10)},y,z` }) },
  ];
  for (const slider of sliders) {
    await using view = await start(["view", slider.file, "--gl-backend", "mesa", "--size", "1280x720"]);
    await whenStill(view);
    const client = await SliderClient.open(view.url);
    const layer = basename(slider.file).replace(/\.[^.]+$/, "");
    const extra: number[] = [];
    const total: number[] = [];
    // The first change can compile a shader.
    await client.change(layer, slider.change(0));
    for (let i = 1; i <= 4 * runs; i++) {
      await Bun.sleep(PAUSE_MS);
      const { ms, renderMs } = await client.change(layer, slider.change(i));
      total.push(ms);
      extra.push(ms - renderMs);
    }
    const name = `${basename(slider.file)}, ${slider.what}`;
    report.row(`${name}: command to frame`, figure(total), "ms");
    report.row(`${name}: without rendering`, figure(extra), "ms", 1, "20");
    report.row(`${name}: without rendering, 90th percentile`, share(extra, 0.9).toFixed(1), "ms", 1, "20");
    await Bun.sleep(PAUSE_MS);
    const { pid } = await rendererOf(view);
    const used = cpuMs(view.pid) + cpuMs(pid);
    await Bun.sleep(seconds * 1000);
    const percent = (cpuMs(view.pid) + cpuMs(pid) - used) / seconds / 10;
    report.row(`${name}: idle with the viewer`, percent.toFixed(2), "% of a core", 1, "1");
    client.close();
  }
}

/** A viewer that changes layers and receives frames. */
class SliderClient {
  readonly #socket: WebSocket;
  #commands = 0;
  #onFrame: (header: FrameHeader) => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      const frame = typeof data === "string" ? null : readFrameMessage(data);
      if (frame === null) return;
      this.#send({ type: "ack", frame: frame.header.frame });
      this.#onFrame(frame.header);
    });
  }

  static async open(url: string): Promise<SliderClient> {
    const socket = new WebSocket(new URL("ws?viewer=slider-bench", url).href.replace(/^http/, "ws"));
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    const client = new SliderClient(socket);
    client.#send({ type: "frames", encoding: "jpeg" });
    await Bun.sleep(PAUSE_MS);
    return client;
  }

  /** @returns time from the command to the first frame whose rendering began after it, and the rendering time of that frame, ms */
  change(layer: string, change: object): Promise<{ ms: number; renderMs: number }> {
    const sentAt = performance.timeOrigin + performance.now();
    this.#commands += 1;
    this.#send({ type: "command", id: this.#commands, command: { type: "layer", layer, change } });
    return new Promise((resolve) => {
      this.#onFrame = ({ renderedAtMs, renderMs }) => {
        if (renderMs === null || renderedAtMs - renderMs < sentAt) return;
        this.#onFrame = () => {};
        resolve({ ms: performance.timeOrigin + performance.now() - sentAt, renderMs });
      };
    });
  }

  close(): void {
    this.#socket.close();
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }
}

/** Writes a wave of one million triangles with a value at each vertex, unless the file exists. */
function writeValues(path: string): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const triangles = 2 * (SIDE - 1) ** 2;
  const vertices = new Float32Array(4 * SIDE * SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [x, y] = [(i % SIDE) / SIDE, Math.floor(i / SIDE) / SIDE];
    const height = Math.sin(9 * x) * Math.cos(7 * y);
    vertices.set([x, y, 0.1 * height, height], 4 * i);
  }
  const faces = new DataView(new ArrayBuffer(13 * triangles));
  for (let t = 0; t < triangles; t++) {
    const quad = t >> 1;
    const corner = Math.floor(quad / (SIDE - 1)) * SIDE + (quad % (SIDE - 1));
    const corners =
      t & 1 ? [corner + 1, corner + SIDE + 1, corner + SIDE] : [corner, corner + 1, corner + SIDE];
    faces.setUint8(13 * t, 3);
    for (const [i, vertex] of corners.entries()) faces.setInt32(13 * t + 1 + 4 * i, vertex, true);
  }
  const header = `ply\nformat binary_little_endian 1.0\nelement vertex ${SIDE * SIDE}\nproperty float x\nproperty float y\nproperty float z\nproperty float height\nelement face ${triangles}\nproperty list uchar int vertex_indices\nend_header\n`;
  writeFileSync(
    path,
    Buffer.concat([Buffer.from(header), Buffer.from(vertices.buffer), Buffer.from(faces.buffer)]),
  );
}
