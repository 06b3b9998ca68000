import type { DataArray, Mesh, Points } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError, quote } from "../load-error.ts";
import { forEachCell } from "../vtk/cell-lists.ts";
import { CellParts } from "../vtk/cell-parts.ts";
import { meshOfParts } from "../vtk/mesh-parts.ts";
import { FoamCase } from "./foam-case.ts";
import { readField } from "./read-field.ts";
import { readPolyMesh } from "./read-mesh.ts";

/**
 * Reads a time step of a case: the faces at the boundary of the mesh, with the values of the cells that they are of.
 *
 * @see https://doc.openfoam.com/2312/fundamentals/input-types/mesh/
 * @throws LoadError
 * @throws DataError
 */
export async function readOpenFoam({ path, files, step = 0 }: ReadContext): Promise<Mesh | Points> {
  const warnings: string[] = [];
  const foam = new FoamCase(path, files);
  const shown = Math.min(step, Math.max(0, foam.times.length - 1));
  const { points, faces, owners, cells } = await readPolyMesh(foam, shown);
  const parts = new CellParts(points);
  parts.invalid += forEachCell(faces, points.length / 3, (face, start, end) =>
    parts.addPolygon(faces, start, end, owners[face] ?? 0),
  );
  const arrays = await readFields(foam, shown, cells, warnings);
  const source = { points, pointData: { arrays: [] }, cellData: { arrays } };
  const data = meshOfParts(source, parts.finish(faces.offsets.length - 1, warnings), warnings);
  const { times } = foam;
  if (times.length < 2) return data;
  return { ...data, steps: { count: times.length, seconds: times.map(({ seconds }) => seconds) } };
}

/** Reads the fields of a time folder. One that is damaged is left out, with a warning. */
async function readFields(
  foam: FoamCase,
  step: number,
  cells: number,
  warnings: string[],
): Promise<DataArray[]> {
  const folder = foam.times[step]?.name;
  if (folder === undefined) return [];
  const arrays: DataArray[] = [];
  for (const file of foam.files.entries(folder, "file").toSorted()) {
    try {
      const array = await readField(foam.files, `${folder}/${file}`, file.replace(/\.gz$/, ""), cells);
      if (array !== undefined) arrays.push(array);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      warnings.push(`the field ${quote(`${folder}/${file}`)} is left out: ${error.message}`);
    }
  }
  return arrays;
}
