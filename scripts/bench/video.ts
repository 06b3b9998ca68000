import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { Vector3 } from "three";
import { documentOf } from "../../src/document/document-layers.ts";
import { SharedMemImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import { loadShow } from "../../src/scene/load-show.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import { whyNoNumpy } from "../../test/interop/fury-program.ts";
import { BUILD_FOLDER, compile } from "./compile.ts";
import { figure } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { type Size, startProducer } from "./stream-measurement.ts";

const ROOT = resolve(import.meta.dir, "../..");
/** The VP8 encoder of the native library. */
const ENCODER_SOURCES = ["vp8.c", "i420.c", "image.c", "error.c"].map((name) => join(ROOT, "native", name));
const FPS = 30;
const BITRATE = 4_000_000;
/** Frames in a file, twice the producer's pool; and number of encodings per run. */
const FRAMES = 32;
const ENCODED = 240;
const SIZES: readonly [Size, Size] = [
  [1280, 720],
  [1920, 1080],
];
/** Rotation between two frames of a rendered scene. */
const TURN_DEGREES = 3;

/** Output of video_quality.c. */
interface Quality {
  medianMs: number;
  p95Ms: number;
  bitrate: number;
  psnrLuma: number;
  psnrAll: number;
}

/** VP8: encoding time of a frame, and its quality. */
export async function benchVideo(setup: BenchSetup): Promise<void> {
  const [size] = SIZES;
  for (const [scene, files] of [
    ["the built-in scene", []],
    ["the model", [setup.model]],
  ] as const)
    await benchQuality(`${scene}, rotated by 90 degrees per second,`, setup, size, (file) =>
      turnScene(files, size, file),
    );
  const whyNot = whyNoNumpy();
  if (whyNot) return setup.report.row("VP8, the program's scene", `not measured: ${whyNot}`, "");
  for (const size of SIZES)
    await benchQuality("the program's scene", setup, size, (file) => copyFrames(size, file));
}

async function benchQuality(
  scene: string,
  { runs, report }: BenchSetup,
  size: Size,
  write: (file: string) => Promise<void>,
): Promise<void> {
  const program = compile("video_quality.c", [...ENCODER_SOURCES, "-l:libvpx.a", "-lm", "-pthread"]);
  const file = join(BUILD_FOLDER, `frames-${process.pid}.rgb`);
  try {
    await write(file);
    const measured: Quality[] = [];
    for (let run = 0; run < runs; run++) {
      const { stdout } = Bun.spawnSync(
        [program, file, ...[...size, FRAMES, FPS, BITRATE, ENCODED].map(String)],
        { stderr: "inherit" },
      );
      measured.push(JSON.parse(stdout.toString()));
    }
    const what = `VP8, ${scene} at ${size.join("x")}, ${FPS} frames per second, ${BITRATE / 1e6} Mbit/s`;
    const add = (of: string, unit: string, value: (run: Quality) => number, digits = 1, goal?: string) =>
      report.row(`${what}: ${of}`, figure(measured.map(value)), unit, digits, goal);
    add("encoding a frame, median", "ms", ({ medianMs }) => medianMs, 2);
    add("encoding a frame, 95th percentile", "ms", ({ p95Ms }) => p95Ms, 2);
    add("bits used", "Mbit/s", ({ bitrate }) => bitrate / 1e6, 2);
    const goal = size === SIZES[0] ? "must 38, dream 41" : undefined;
    add("PSNR of the luma", "dB", ({ psnrLuma }) => psnrLuma, 1, goal);
    add("PSNR of luma and chroma", "dB", ({ psnrAll }) => psnrAll);
  } finally {
    rmSync(file, { force: true });
  }
}

/** Writes frames of the program one after the other, as they are in shared memory: RGB, bottom-up. */
async function copyFrames(size: Size, file: string): Promise<void> {
  await using program = await startProducer(size, "--fps", "10");
  const { image_buffer_names: imageBufferNames, info_buffer_name: infoBufferName } = program.names;
  using images = new SharedMemImageBufferManager({ imageBufferNames, infoBufferName });
  const writer = Bun.file(file).writer();
  let last = -1;
  for (let count = 0, tries = 0; count < FRAMES; tries++) {
    if (tries > 20_000) throw new Error("The program showed no frames.");
    const frame = images.read();
    if (frame !== null && frame.buffer !== last) {
      last = frame.buffer;
      writer.write(frame.data);
      await writer.flush();
      count++;
    }
    await Bun.sleep(2);
  }
  await writer.end();
}

/** Writes rendered frames like {@link copyFrames}: the scene turns in one direction and back. Default: the built-in scene. */
async function turnScene(files: readonly string[], [width, height]: Size, file: string): Promise<void> {
  using show = new ShowManager({ size: [width, height] });
  const shown = await loadShow(show, documentOf(files.map((path) => ({ path }))));
  shown.frame("animation");
  const first = show.cameraState;
  const forward: Uint8Array[] = [];
  for (let step = 0; step <= FRAMES / 2; step++) {
    shown.animate(step / FPS);
    show.cameraState = turned(first, step * TURN_DEGREES);
    show.render({ samples: 4 });
    forward.push(bottomUpRgb(show.snapshot()));
  }
  const writer = Bun.file(file).writer();
  for (const pixels of [...forward, ...forward.slice(1, -1).reverse()]) writer.write(pixels);
  await writer.end();
}

function turned(camera: CameraState, degrees: number): CameraState {
  const focus = new Vector3(...camera.focalPoint);
  const axis = new Vector3(...camera.viewUp).normalize();
  const arm = new Vector3(...camera.position).sub(focus).applyAxisAngle(axis, (degrees * Math.PI) / 180);
  return { ...camera, position: focus.add(arm).toArray() };
}

function bottomUpRgb({ width, height, data }: ReturnType<ShowManager["snapshot"]>): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++)
    for (let from = (height - 1 - y) * width * 4, x = 0; x < width; x++, from += 4, to += 3)
      rgb.set(data.subarray(from, from + 3), to);
  return rgb;
}
