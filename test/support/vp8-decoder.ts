import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../../native/test/vp8_decode.c", import.meta.url));
/** In the build folder: Bun's test runner has no hook at its end that could remove a temporary folder. */
const FOLDER = fileURLToPath(new URL("../../build/test", import.meta.url));

/** Size and mean color of a decoded frame. */
export interface DecodedVideo {
  /** px */
  width: number;
  height: number;
  /** Mean luma, 16 (black) to 235 (white). */
  luma: number;
  /** Means of the chroma planes; 128 is grey. */
  chroma: readonly [blue: number, red: number];
}

let program: string | undefined;

function compiled(): string {
  if (program !== undefined) return program;
  mkdirSync(FOLDER, { recursive: true });
  const output = join(FOLDER, `vp8_decode-${process.pid}`);
  const { success, stderr } = Bun.spawnSync([
    ...["gcc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", output, SOURCE],
    ...["-l:libvpx.a", "-lm", "-pthread"],
  ]);
  if (!success) throw new Error(`Cannot compile vp8_decode.c:\n${stderr}`);
  program = join(FOLDER, "vp8_decode");
  renameSync(output, program);
  return program;
}

/** Decodes the frames of a stream with libvpx; null for a frame that cannot be decoded. */
export function decodeVp8(frames: readonly Uint8Array[]): (DecodedVideo | null)[] {
  const input = Buffer.concat(
    frames.flatMap((frame) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(frame.byteLength);
      return [length, frame];
    }),
  );
  const { success, stdout, stderr } = Bun.spawnSync([compiled()], { stdin: input });
  if (!success) throw new Error(`The decoder failed: ${stderr}`);
  const lines = stdout.toString().trim().split("\n");
  return lines.map((line) => {
    const [width = 0, height = 0, luma = 0, blue = 0, red = 0] = line.split(" ").map(Number);
    return line === "broken" ? null : { width, height, luma, chroma: [blue, red] };
  });
}

/** Luma of a grey value of 0 to 255. */
export function lumaOf(grey: number): number {
  return 16 + (219 * grey) / 255;
}
