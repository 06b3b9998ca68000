import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LEVEL_JPEG_OPTIONS } from "../../src/encode/jpeg-encoder.ts";
import { SharedMemImageBufferManager } from "../../src/fury/shared-mem-image-buffer-manager.ts";
import { encodeJpeg, encodeJpegSync } from "../../src/native/jpeg.ts";
import type { PixelImage } from "../../src/native/pixel-image.ts";
import { whyNoNumpy } from "../../test/interop/fury-program.ts";
import { figure } from "./measure.ts";
import { whyNoPeer } from "./packages.ts";
import type { BenchSetup } from "./setup.ts";
import { type Size, startProducer } from "./stream-measurement.ts";

const SIZES: readonly Size[] = [
  [1280, 720],
  [1920, 1080],
];
/** Number of encodings of each kind per run. */
const ENCODINGS = 40;
/** libjpeg-turbo's own benchmark: one thread, the same image repeatedly. */
const TJBENCH = "/usr/bin/tjbench";

/**
 * Encodes one image alternately with all cores and with one, and with libjpeg-turbo's own benchmark. Two instances of that running
 * concurrently show the value of the second core on this machine.
 */
export async function benchBands({ runs, report }: BenchSetup): Promise<void> {
  const whyNot = whyNoNumpy();
  if (whyNot) return report.row("encoding one image", `not measured: ${whyNot}`, "");
  const whyNoTjbench = whyNoPeer(TJBENCH, ["libjpeg-turbo-progs"]);
  const options = LEVEL_JPEG_OPTIONS[0];
  for (const size of SIZES) {
    const image = await frameOf(size);
    const parallel: number[] = [];
    const serial: number[] = [];
    const ratio: number[] = [];
    const peer: number[] = [];
    const peerRatio: number[] = [];
    const bytes = [(await encodeJpeg(image, options)).length, encodeJpegSync(image, options).length] as const;
    for (let run = 0; run < runs; run++) {
      const [parallelMs, serialMs]: [number[], number[]] = [[], []];
      for (let encoding = 0; encoding < ENCODINGS; encoding++) {
        // Alternately, so that other load of the machine affects both equally.
        const start = performance.now();
        await encodeJpeg(image, options);
        const between = performance.now();
        encodeJpegSync(image, options);
        parallelMs.push(between - start);
        serialMs.push(performance.now() - between);
      }
      parallel.push(figure(parallelMs).median);
      serial.push(figure(serialMs).median);
      ratio.push(figure(parallelMs).median / figure(serialMs).median);
      if (whyNoTjbench) continue;
      const [alone = Number.NaN] = await tjbench(image, 1);
      const beside = await tjbench(image, 2);
      peer.push(alone);
      peerRatio.push(figure(beside).median / 2 / alone);
    }
    const what = `one image of ${size.join("x")}, encoded`;
    const ceiling = whyNoTjbench || figure(peer);
    report.row(`${what} by one thread (peer: tjbench)`, figure(serial), "ms", 2, ceiling);
    report.row(`${what} in bands by all`, figure(parallel), "ms", 2);
    const second = whyNoTjbench || figure(peerRatio);
    report.row(
      `${what} in bands: time against one thread (peer: half of two concurrent tjbench)`,
      figure(ratio),
      "",
      2,
      second,
    );
    report.row(`${what} in bands: bytes against one thread`, (bytes[0] / bytes[1]).toFixed(4), "");
  }
}

/** A frame of the program in ../shared: RGB, bottom-up. */
async function frameOf(size: Size): Promise<PixelImage> {
  await using program = await startProducer(size, "--mode", "static");
  const { image_buffer_names: imageBufferNames, info_buffer_name: infoBufferName } = program.names;
  using images = new SharedMemImageBufferManager({ imageBufferNames, infoBufferName });
  for (let tries = 0; tries < 1000; tries++) {
    const frame = images.read();
    if (frame !== null) return frame;
    await Bun.sleep(10);
  }
  throw new Error("The program showed no frame.");
}

/** Milliseconds per image, of each of `count` concurrent instances. */
async function tjbench({ data, width, height }: PixelImage, count: number): Promise<number[]> {
  const file = join(tmpdir(), `scenecast-bench-${process.pid}.ppm`);
  writeFileSync(file, Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), data]));
  const command = [
    ...[TJBENCH, file, "85", "-rgb", "-subsamp", "420", "-nowrite", "-componly"],
    ...["-benchtime", "1", "-warmup", "0.2"],
  ];
  try {
    return await Promise.all(
      Array.from({ length: count }, async () => {
        const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
        const text = await new Response(child.stdout).text();
        await child.exited;
        return 1000 / Number(/Frame rate:\s+([\d.]+) fps/.exec(text)?.[1] ?? Number.NaN);
      }),
    );
  } finally {
    rmSync(file, { force: true });
  }
}
