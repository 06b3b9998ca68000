import type { DataArray, NumericArray } from "../data-kinds.ts";
import { DataError, quote } from "../load-error.ts";
import type { ReferencedFiles } from "../referenced-files.ts";
import { FoamReader } from "./foam-reader.ts";

/** Components of the fields that have a value for each cell. */
const COMPONENTS: Readonly<Record<string, number>> = {
  volScalarField: 1,
  volSphericalTensorField: 1,
  volVectorField: 3,
  volSymmTensorField: 6,
  volTensorField: 9,
};

/**
 * Reads the values of a field in the cells.
 *
 * @param cells number of cells of the mesh
 * @returns undefined if the file is not such a field
 * @throws DataError
 */
export async function readField(
  files: ReferencedFiles,
  path: string,
  name: string,
  cells: number,
): Promise<DataArray | undefined> {
  await using source = await files.open(path);
  const reader = new FoamReader(source);
  if ((await reader.peek()) !== "F".charCodeAt(0)) return undefined;
  const header = await reader.header();
  const components = COMPONENTS[header.className];
  if (components === undefined) return undefined;
  for (let key = await reader.word(); key !== "internalField"; key = await reader.word()) {
    if (key === "") throw new DataError("it has no internalField");
    await skipEntry(reader);
  }
  const kind = await reader.word();
  if (kind === "uniform")
    return { name, components, values: reader.repeated(await reader.element(components), cells) };
  if (kind !== "nonuniform")
    throw new DataError(`its values are ${quote(kind)}, and not uniform or nonuniform`);
  const list = await reader.word();
  // Values of cells can follow without the type of the list.
  const count = /^\d+$/.test(list) ? Number(list) : await reader.count();
  if (count !== cells) throw new DataError(`it has ${count} values for ${cells} cells`);
  const values: NumericArray = await reader.numbers(count, components, header.scalar, header, cells);
  if (values.length < count * components)
    throw new DataError(`it is cut off: it has ${Math.floor(values.length / components)} of ${count} values`);
  return { name, components, values };
}

/** Skips the value of an entry: up to its semicolon, or a dictionary. */
async function skipEntry(reader: FoamReader): Promise<void> {
  let depth = 0;
  for (;;) {
    const word = await reader.word();
    if (word === "") return;
    if (word === "{") depth += 1;
    if (word === "}") depth -= 1;
    if (depth <= 0 && (word === ";" || word === "}")) return;
  }
}
