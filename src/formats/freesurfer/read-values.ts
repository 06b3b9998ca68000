import { hemisphereOf } from "../brain-structure.ts";
import type { NumericArray, Overlay } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { overlayName } from "../overlay-name.ts";
import { startsWith } from "../starts-with.ts";
import { readBigEndian, readThreeBytes } from "./big-endian.ts";

/**
 * Reads values per vertex of FreeSurfer, such as curvature and thickness, in the layout with or without a magic number.
 *
 * @throws DataError
 */
export async function readVertexValues({ path, source }: ReadContext): Promise<Overlay> {
  await source.fillTo(3);
  const hasMagic = startsWith(source.window, "\xff\xff\xff");
  const values = await (hasMagic ? readFloats(source) : readShorts(source));
  const name = overlayName(path);
  const arrays = [{ name, structure: hemisphereOf(name), components: 1, values }];
  return { kind: "overlay", of: "points", origin: [0, 0, 0], arrays, warnings: [] };
}

async function readFloats(source: FileSource): Promise<NumericArray> {
  await source.skip(3);
  const [vertices = 0, , perVertex = 0] = await readBigEndian(source, "int32", 3);
  if (perVertex !== 1) throw new DataError(`it has ${perVertex} values per vertex, not 1`);
  return checked(await readBigEndian(source, "float32", vertices), vertices);
}

async function readShorts(source: FileSource): Promise<NumericArray> {
  const [vertices = 0] = await readThreeBytes(source, 2);
  const values = checked(await readBigEndian(source, "int16", vertices), vertices);
  return Float32Array.from(values, (value) => value / 100);
}

function checked(values: NumericArray, vertices: number): NumericArray {
  if (vertices > 0 && values.length === vertices) return values;
  throw new DataError(`the file is cut off or damaged: it has ${values.length} of ${vertices} values`);
}
