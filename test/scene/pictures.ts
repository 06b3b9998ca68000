import { existsSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import type { Snapshot } from "../../src/scene/show-manager.ts";

const REFERENCES = join(import.meta.dir, "references");

/** The pixel at fractions of the picture, y down: red, green, blue, alpha. */
export function pixel({ width, height, data }: Snapshot, x: number, y: number): number[] {
  const at = (Math.floor(y * height) * width + Math.floor(x * width)) * 4;
  return [...data.subarray(at, at + 4)];
}

export interface Difference {
  /** Mean of the differences of all colour values, 0 to 255. */
  readonly mean: number;
  /** Share of pixels of which a colour value differs by more than 48. */
  readonly strong: number;
}

export function difference(a: Snapshot, b: Snapshot): Difference {
  if (a.width !== b.width || a.height !== b.height) throw new Error("pictures of different sizes");
  let sum = 0;
  let strong = 0;
  for (let i = 0; i < a.data.length; i += 4) {
    let most = 0;
    for (let c = 0; c < 3; c += 1) {
      const apart = Math.abs((a.data[i + c] ?? 0) - (b.data[i + c] ?? 0));
      sum += apart;
      most = Math.max(most, apart);
    }
    if (most > 48) strong += 1;
  }
  const pixels = a.width * a.height;
  return { mean: sum / (3 * pixels), strong: strong / pixels };
}

/**
 * Compares with a picture in references/ that somebody has looked at. With SCENECAST_UPDATE_REFERENCES=1 it is
 * written instead: look at it before it is committed.
 */
export async function differenceFromReference(name: string, picture: Snapshot): Promise<Difference> {
  const path = join(REFERENCES, `${name}.png`);
  if (process.env.SCENECAST_UPDATE_REFERENCES === "1") {
    const png = new PNG({ width: picture.width, height: picture.height });
    png.data = Buffer.from(picture.data);
    await Bun.write(path, PNG.sync.write(png, { colorType: 2 }));
  }
  if (!existsSync(path)) throw new Error(`references/${name}.png is not there`);
  const reference = PNG.sync.read(Buffer.from(await Bun.file(path).bytes()));
  const { width, height } = reference;
  return difference(picture, { width, height, data: new Uint8Array(reference.data) });
}
