import { writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { encodePng } from "../encode/png.ts";
import type { Snapshot } from "../scene/show-options.ts";
import { CommandError } from "./errors.ts";

export type PictureFormat = "png" | "jpeg";

/** High enough that text and thin lines have no halo. */
const JPEG_QUALITY = 92;

/** The format that the name of a picture asks for; `-`, standard output, is PNG. @throws CommandError */
export function pictureFormat(output: string): PictureFormat {
  if (output === "-") return "png";
  const extension = extname(output).toLowerCase();
  if (extension === ".png") return "png";
  if (extension === ".jpg" || extension === ".jpeg") return "jpeg";
  throw new CommandError(
    `A picture can not be written as ${output}: pictures are PNG or JPEG, so its name ends with .png, .jpg or .jpeg.`,
    2,
  );
}

/** Encodes a picture; a transparent one has colours that are multiplied by their alpha, and is PNG. */
export async function encodePicture(
  { width, height, data }: Snapshot,
  format: PictureFormat,
  transparent: boolean,
): Promise<Uint8Array> {
  const image = { width, height, data, format: "rgba", bottomUp: false } as const;
  if (format === "png") {
    if (transparent) divideByAlpha(data);
    return encodePng(image, { alpha: transparent });
  }
  const { encodeJpegSync } = await import("../native/jpeg.ts");
  return encodeJpegSync(image, { quality: JPEG_QUALITY, subsampling: "4:4:4" });
}

/** @throws CommandError */
export async function writePicture(output: string, bytes: Uint8Array): Promise<void> {
  if (output === "-") {
    await Bun.write(Bun.stdout, bytes);
    return;
  }
  try {
    await writeFile(output, bytes);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new CommandError(`The picture can not be written to ${output} (${code}).`);
  }
}

/** PNG's colours are not multiplied by alpha; GL's at antialiased edges are. */
function divideByAlpha(data: Uint8Array): void {
  for (let i = 0; i + 3 < data.length; i += 4) {
    const alpha = data[i + 3] ?? 0;
    if (alpha === 0 || alpha === 255) continue;
    for (let c = i; c < i + 3; c += 1) data[c] = Math.min(255, Math.round(((data[c] ?? 0) * 255) / alpha));
  }
}
