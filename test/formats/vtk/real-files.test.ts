import { expect } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Vertices } from "../../../src/formats/data-kinds.ts";
import { testIf } from "../../support/test-if.ts";
import { realFiles } from "../shared-data.ts";
import { PYTHON, readFile, VTK_MISSING } from "./vtk-peer.ts";

/** What describe_files.py prints. */
interface Description {
  readonly triangles: number;
  readonly bounds: readonly number[];
  readonly pointArrays: readonly string[];
  readonly cellArrays: readonly string[];
}

/** VTK draws 120 faces of this one that several cells share. */
const OTHER_FACES = "PentaHexa.vtk";

testIf(VTK_MISSING)("real files have the triangles, bounds and arrays that VTK reads", async () => {
  // Of pyvista/vtk-data and niivue/niivue.
  const paths = realFiles("vtk").flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.vt[kpuirs]$/.test(name))
      .map((name) => join(folder, name)),
  );
  const program = join(import.meta.dir, "describe_files.py");
  const { stdout } = Bun.spawnSync([PYTHON, program, ...paths]);
  const described = JSON.parse(stdout.toString()) as Record<string, Description>;
  for (const path of paths) {
    const expected = described[path];
    const data = await readFile(path);
    if (expected === undefined) throw new Error(`VTK does not read ${path}`);
    if (data.kind === "volume") {
      expect({ path, values: data.values.length }).toEqual({
        path,
        values: data.dims.reduce((a, b) => a * b, 1),
      });
      continue;
    }
    const parts: Pick<Vertices, "positions" | "arrays">[] = [];
    if (data.kind === "mesh") {
      const [surface] = data.surfaces;
      const triangles = (surface?.indices?.length ?? 0) / 3;
      if (!path.endsWith(OTHER_FACES))
        expect({ path, triangles }).toEqual({ path, triangles: expected.triangles });
      for (const part of [surface, data.lines, data.points]) if (part !== undefined) parts.push(part);
      const names = surface?.cellArrays?.map(({ name }) => name).sort() ?? [];
      if (surface !== undefined) expect({ path, names }).toEqual({ path, names: [...expected.cellArrays] });
    } else if (data.kind === "streamlines")
      parts.push({ positions: data.positions, arrays: data.pointArrays });
    else throw new Error(`${path} is ${data.kind}`);
    for (const { arrays } of parts) {
      const names = arrays?.map(({ name }) => name).sort() ?? [];
      expect({ path, names }).toEqual({
        path,
        names: expected.pointArrays.filter((name) => name !== "Normals"),
      });
    }
    const bounds = boundsOf(parts, data.origin);
    for (const [i, value] of bounds.entries()) {
      const wanted = expected.bounds[i] ?? Number.NaN;
      expect(Math.abs(value - wanted)).toBeLessThan(1e-5 * Math.max(1, Math.abs(wanted)));
    }
  }
});

function boundsOf(parts: readonly Pick<Vertices, "positions">[], origin: readonly number[]): number[] {
  const bounds = [0, 1, 2].flatMap(() => [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  for (const { positions } of parts) {
    for (let i = 0; i < positions.length; i += 1) {
      const axis = i % 3;
      const value = (positions[i] ?? Number.NaN) + (origin[axis] ?? 0);
      bounds[2 * axis] = Math.min(bounds[2 * axis] ?? value, value);
      bounds[2 * axis + 1] = Math.max(bounds[2 * axis + 1] ?? value, value);
    }
  }
  return bounds;
}
