import { existsSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import type { Snapshot } from "../../src/scene/show-options.ts";

const REFERENCES = join(import.meta.dir, "references");

/** Returns red, green, blue and alpha at fractions of the image's width and height, y down. */
export function pixel({ width, height, data }: Snapshot, x: number, y: number): number[] {
  const at = (Math.floor(y * height) * width + Math.floor(x * width)) * 4;
  return [...data.subarray(at, at + 4)];
}

export interface Difference {
  /** Mean absolute difference of color components, 0 to 255. */
  readonly mean: number;
  /** Share of pixels with a color component that differs by more than 48. */
  readonly strong: number;
}

export function difference(a: Snapshot, b: Snapshot): Difference {
  if (a.width !== b.width || a.height !== b.height) throw new Error("images of different sizes");
  let sum = 0;
  let strong = 0;
  for (let i = 0; i < a.data.length; i += 4) {
    let maximum = 0;
    for (let c = 0; c < 3; c += 1) {
      const difference = Math.abs((a.data[i + c] ?? 0) - (b.data[i + c] ?? 0));
      sum += difference;
      maximum = Math.max(maximum, difference);
    }
    if (maximum > 48) strong += 1;
  }
  const pixels = a.width * a.height;
  return { mean: sum / (3 * pixels), strong: strong / pixels };
}

/**
 * Compares an image with its reference in references/. With SCENECAST_UPDATE_REFERENCES=1 it becomes the reference, which must be
 * inspected before it is committed.
 */
export async function differenceFromReference(name: string, image: Snapshot): Promise<Difference> {
  return difference(image, await referenceOf(image, join(REFERENCES, `${name}.png`)));
}

/** Reads the reference of an image, which is the image itself with SCENECAST_UPDATE_REFERENCES=1. @param path of the PNG */
export async function referenceOf(image: Snapshot, path: string): Promise<Snapshot> {
  if (process.env.SCENECAST_UPDATE_REFERENCES === "1") {
    const png = new PNG({ width: image.width, height: image.height });
    png.data = Buffer.from(image.data);
    await Bun.write(path, PNG.sync.write(png, { colorType: 2 }));
  }
  if (!existsSync(path)) throw new Error(`the reference ${path} does not exist`);
  const reference = PNG.sync.read(Buffer.from(await Bun.file(path).bytes()));
  const { width, height } = reference;
  return { width, height, data: new Uint8Array(reference.data) };
}
