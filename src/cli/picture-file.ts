import { writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { encodePng } from "../encode/png.ts";
import type { Snapshot } from "../scene/show-options.ts";
import { CommandError, codeOf } from "./errors.ts";

export type PictureFormat = "png" | "jpeg";

/** High enough to avoid ringing at text and thin lines. */
const JPEG_QUALITY = 92;

/** Image format by file extension; PNG for `-` (standard output). @throws CommandError for any other extension */
export function pictureFormat(output: string): PictureFormat {
  if (output === "-") return "png";
  const extension = extname(output).toLowerCase();
  if (extension === ".png") return "png";
  if (extension === ".jpg" || extension === ".jpeg") return "jpeg";
  throw new CommandError(
    `Cannot write the picture ${output}: its name must end with .png, .jpg or .jpeg.`,
    2,
  );
}

/** Encodes an image. A transparent one must be PNG and have premultiplied alpha; its pixels are changed in place. */
export async function encodePicture(
  { width, height, data }: Snapshot,
  format: PictureFormat,
  transparent: boolean,
): Promise<Uint8Array> {
  const image = { width, height, data, format: "rgba", bottomUp: false } as const;
  if (format === "png") {
    if (transparent) unpremultiplyAlpha(data);
    return encodePng(image, { alpha: transparent });
  }
  const { encodeJpegSync } = await import("../native/jpeg.ts");
  return encodeJpegSync(image, { quality: JPEG_QUALITY, subsampling: "4:4:4" });
}

/** Writes the file, or to standard output. @throws CommandError if it cannot be written */
export async function writePicture(output: string, bytes: Uint8Array): Promise<void> {
  if (output === "-") {
    await Bun.write(Bun.stdout, bytes);
    return;
  }
  try {
    await writeFile(output, bytes);
  } catch (error) {
    throw new CommandError(`Cannot write the picture to ${output} (${codeOf(error)}).`);
  }
}

/** Converts premultiplied alpha, as GL gives it at antialiased edges, to PNG's straight alpha; in place. */
function unpremultiplyAlpha(data: Uint8Array): void {
  for (let i = 0; i + 3 < data.length; i += 4) {
    const alpha = data[i + 3] ?? 0;
    if (alpha === 0 || alpha === 255) continue;
    for (let c = i; c < i + 3; c += 1) data[c] = Math.min(255, Math.round(((data[c] ?? 0) * 255) / alpha));
  }
}
