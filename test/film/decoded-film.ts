import { existsSync } from "node:fs";
import { PNG } from "pngjs";
import type { RgbaImage } from "../support/images.ts";

/** The reason why tests that decode films cannot run; "" if they can. */
export const missingFilmPrograms =
  ["ffmpeg", "ffprobe", "webpmux"]
    .filter((name) => !existsSync(`/usr/bin/${name}`))
    .map((name) => `${name} is not installed`)[0] ?? "";

interface WebmFilm {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** s */
  readonly duration: number;
  /** Time of each frame, ms. */
  readonly times: readonly number[];
  /** Numbers of the frames that decode without others. */
  readonly keyframes: readonly number[];
  readonly frames: readonly RgbaImage[];
}

/** Decodes all frames of a WebM film with ffmpeg, by time and not by a frame rate. */
export async function decodeWebm(path: string): Promise<WebmFilm> {
  const probed = await output(
    ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", "-show_packets", path],
    "stdout",
  );
  const { streams, format, packets } = JSON.parse(Buffer.from(probed).toString()) as {
    streams: { codec_name: string; width: number; height: number }[];
    format: { duration: string };
    packets: { pts_time: string; flags: string }[];
  };
  const [{ codec_name: codec, width, height } = { codec_name: "", width: 0, height: 0 }] = streams;
  const raw = await output(
    ["ffmpeg", "-v", "error", "-i", path, "-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgba", "-"],
    "stdout",
  );
  const size = width * height * 4;
  return {
    ...{ codec, width, height },
    duration: Number(format.duration),
    times: packets.map(({ pts_time }) => Math.round(Number(pts_time) * 1000)),
    keyframes: packets.flatMap(({ flags }, n) => (flags.includes("K") ? [n] : [])),
    frames: Array.from({ length: raw.length / size }, (_, n) => ({
      ...{ width, height },
      data: raw.subarray(n * size, (n + 1) * size),
    })),
  };
}

interface WebpFilm {
  /** Duration of each frame, ms. */
  readonly durations: readonly number[];
  /** The summary that webpmux prints. */
  readonly info: string;
  frame(n: number): Promise<RgbaImage>;
}

/** Reads an animated WebP with Google's webpmux; ffmpeg does not. */
export async function decodeWebp(path: string): Promise<WebpFilm> {
  const info = Buffer.from(await output(["webpmux", "-info", path], "stdout")).toString();
  const rows = [...info.matchAll(/^\s*\d+:\s+\d+\s+\d+\s+\S+\s+\d+\s+\d+\s+(\d+)\s/gm)];
  return {
    info,
    durations: rows.map(([, duration]) => Number(duration)),
    async frame(n) {
      const still = `${path}.${n}.webp`;
      await output(["webpmux", "-get", "frame", String(n + 1), path, "-o", still], "stderr");
      const png = await new Bun.Image(await Bun.file(still).arrayBuffer()).png().bytes();
      const { width, height, data } = PNG.sync.read(Buffer.from(png));
      return { width, height, data };
    },
  };
}

/** Peak signal-to-noise ratio of two pictures on an opaque background, dB. */
export function psnr(a: RgbaImage, b: RgbaImage): number {
  if (a.width !== b.width || a.height !== b.height)
    throw new Error(`Cannot compare images of ${a.width}x${a.height} and ${b.width}x${b.height}.`);
  let sum = 0;
  for (let i = 0; i < a.data.length; i += 1) if (i % 4 < 3) sum += ((a.data[i] ?? 0) - (b.data[i] ?? 0)) ** 2;
  const error = sum / (a.width * a.height * 3);
  return 10 * Math.log10(255 ** 2 / error);
}

async function output(command: string[], wanted: "stdout" | "stderr"): Promise<Uint8Array> {
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).bytes(),
    new Response(child.stderr).bytes(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")}: ${Buffer.from(stderr)}`);
  return wanted === "stdout" ? stdout : stderr;
}
