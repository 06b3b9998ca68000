import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { SharedMemImageBufferManager } from "../../src/memory/shared-mem-image-buffer-manager.ts";
import { whyNoSharedProducer } from "../../test/interop/fury-program.ts";
import { type Size, startProgram } from "./look.ts";
import { figure } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";

const ROOT = resolve(import.meta.dir, "../..");
const FOLDER = join(ROOT, "build/bench");
const FPS = 30;
const BITRATE = 4_000_000;
/** Pictures in a file, the producer's pool twice; and how many are encoded for one figure of one run. */
const PICTURES = 32;
const ENCODED = 240;
const SIZES: readonly Size[] = [
  [1280, 720],
  [1920, 1080],
];

/** What video_quality.c prints. */
interface Quality {
  medianMs: number;
  p95Ms: number;
  bitrate: number;
  psnrLuma: number;
  psnrAll: number;
}

/** VP8: what encoding a frame takes, and how good it is. */
export async function benchVideo(setup: BenchSetup): Promise<void> {
  const whyNot = whyNoSharedProducer();
  if (whyNot) return setup.report.row("video", `not measured: ${whyNot}`, "");
  for (const size of SIZES) await benchQuality(size, setup);
}

async function benchQuality(size: Size, { runs, report }: BenchSetup): Promise<void> {
  const program = compile();
  const file = await pictures(size);
  try {
    const measured: Quality[] = [];
    for (let run = 0; run < runs; run++) {
      const { stdout } = Bun.spawnSync(
        [program, file, ...[...size, PICTURES, FPS, BITRATE, ENCODED].map(String)],
        { stderr: "inherit" },
      );
      measured.push(JSON.parse(stdout.toString()));
    }
    const what = `VP8, the program's scene at ${size.join("x")}, ${FPS} frames a second, ${BITRATE / 1e6} Mbit/s`;
    const add = (of: string, unit: string, value: (run: Quality) => number, digits = 1, goal?: string) =>
      report.row(`${what}: ${of}`, figure(measured.map(value)), unit, digits, goal);
    add("encoding a frame, median", "ms", ({ medianMs }) => medianMs, 2);
    add("encoding a frame, 95 of 100", "ms", ({ p95Ms }) => p95Ms, 2);
    add("bits used", "Mbit/s", ({ bitrate }) => bitrate / 1e6, 2);
    const goal = size === SIZES[0] ? "must 38, dream 41" : undefined;
    add("PSNR of the luma", "dB", ({ psnrLuma }) => psnrLuma, 1, goal);
    add("PSNR of luma and chroma", "dB", ({ psnrAll }) => psnrAll);
  } finally {
    rmSync(file, { force: true });
  }
}

let compiled: string | undefined;

function compile(): string {
  if (compiled !== undefined) return compiled;
  mkdirSync(FOLDER, { recursive: true });
  const output = join(FOLDER, "video_quality");
  const sources = ["vp8.c", "i420.c", "error.c"].map((name) => join(ROOT, "native", name));
  const { success, stderr } = Bun.spawnSync([
    ...["gcc", "-std=c11", "-O2", "-Wall", "-Wextra", "-o", output, join(import.meta.dir, "video_quality.c")],
    ...[...sources, "-l:libvpx.a", "-lm", "-pthread"],
  ]);
  if (!success) throw new Error(`video_quality.c could not be compiled:\n${stderr}`);
  compiled = output;
  return output;
}

/** Pictures of the program's, one after the other in a file, as they lie in shared memory: RGB, bottom-up. */
async function pictures(size: Size): Promise<string> {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `pictures-${process.pid}.rgb`);
  await using program = await startProgram(size, "--fps", "10");
  const { image_buffer_names: imageBufferNames, info_buffer_name: infoBufferName } = program.names;
  using images = new SharedMemImageBufferManager({ imageBufferNames, infoBufferName });
  const writer = Bun.file(file).writer();
  let last = -1;
  for (let count = 0, tries = 0; count < PICTURES; tries++) {
    if (tries > 20_000) throw new Error("The program showed no frames.");
    const frame = images.getCurrentFrame();
    if (frame !== null && frame.buffer !== last) {
      last = frame.buffer;
      writer.write(frame.data);
      await writer.flush();
      count++;
    }
    await Bun.sleep(2);
  }
  await writer.end();
  return file;
}
