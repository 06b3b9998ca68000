import { basename } from "node:path";
import type { DataArray, FileData, Overlay, Trajectory } from "../formats/data-kinds.ts";
import { LoadError } from "../formats/load-error.ts";
import { framePositions } from "./molecule/frame-positions.ts";

type Target = Exclude<FileData, Overlay | Trajectory>;

/**
 * Adds the arrays of an overlay file to the data that they belong to. A name that exists already gets the name of the overlay file in
 * front.
 *
 * @param number the number of the overlay among those of the data, from 0
 * @throws LoadError if the data has another number of elements, is another structure of the brain, or has no elements of this kind
 */
export function withOverlay(data: Target, path: string, overlay: Overlay, number: number): Target {
  const longer = (overlay.steps?.count ?? 1) > (data.steps?.count ?? 1);
  const target = longer ? { ...data, steps: overlay.steps } : data;
  const structure = data.kind === "mesh" ? data.structure : undefined;
  return withArrays(target, path, { ...overlay, arrays: arraysOf(path, overlay, structure) }, number);
}

/** The arrays for a surface of a structure. */
function arraysOf(path: string, { arrays }: Overlay, structure: string | undefined): readonly DataArray[] {
  const stated = [...new Set(arrays.flatMap((array) => array.structure ?? []))];
  if (structure === undefined) {
    if (stated.length < 2) return arrays;
    throw new LoadError(
      path,
      `it has values for ${stated.join(" and ")}, but the surface before it does not say which of them it is: AnatomicalStructurePrimary is missing in its GIFTI file, or lh. or rh. in its FreeSurfer name`,
    );
  }
  const matching = arrays.filter((array) => array.structure === undefined || array.structure === structure);
  if (matching.length > 0) return matching;
  throw new LoadError(
    path,
    `it has values for ${stated.join(" and ")}, but the surface before it is ${structure}`,
  );
}

function withArrays(data: Target, path: string, overlay: Overlay, number: number): Target {
  const warnings = [...data.warnings, ...overlay.warnings.map((warning) => `${path}: ${warning}`)];
  const add = (count: number, arrays: readonly DataArray[] = []): DataArray[] => {
    const complete = allElements(path, overlay, count);
    for (const { values, components } of complete) {
      if (values.length === count * components) continue;
      const reason = `it has ${values.length / components} values, but the file before it has ${count} ${overlay.of}`;
      throw new LoadError(path, `${reason}: they do not belong together`);
    }
    const names = new Set(arrays.map(({ name }) => name));
    const added = complete.map((array) => ({
      ...array,
      overlay: number,
      name: names.has(array.name) ? `${basename(path)}: ${array.name}` : array.name,
    }));
    return [...arrays, ...added];
  };
  if (data.kind === "streamlines" && overlay.of === "points") {
    return { ...data, warnings, pointArrays: add(data.positions.length / 3, data.pointArrays) };
  }
  if (data.kind === "streamlines" && overlay.of === "streamlines") {
    return { ...data, warnings, streamlineArrays: add(data.offsets.length - 1, data.streamlineArrays) };
  }
  if (data.kind === "points" && overlay.of === "points") {
    const { vertices } = data;
    return {
      ...data,
      warnings,
      vertices: { ...vertices, arrays: add(vertices.positions.length / 3, vertices.arrays) },
    };
  }
  const [surface, ...others] = data.kind === "mesh" ? data.surfaces : [];
  if (data.kind === "mesh" && surface !== undefined && others.length === 0) {
    const { positions, indices, cells, arrays, cellArrays } = surface;
    if (overlay.of === "points") {
      return { ...data, warnings, surfaces: [{ ...surface, arrays: add(positions.length / 3, arrays) }] };
    }
    if (overlay.of === "cells" && cells === undefined) {
      const triangles = (indices?.length ?? positions.length / 3) / 3;
      return { ...data, warnings, surfaces: [{ ...surface, cellArrays: add(triangles, cellArrays) }] };
    }
  }
  throw new LoadError(path, `it has values for ${overlay.of}, which the file before it does not have`);
}

/** The arrays of an overlay for all elements: those without a value have NaN. */
function allElements(path: string, { arrays, elements, of }: Overlay, count: number): readonly DataArray[] {
  if (elements === undefined) return arrays;
  const beyond = elements.find((element) => element >= count);
  if (beyond !== undefined) {
    const reason = `it has a value for number ${beyond}, but the file before it has ${count} ${of}`;
    throw new LoadError(path, `${reason}: they do not belong together`);
  }
  return arrays.map((array) => {
    const values = new Float32Array(count * array.components).fill(Number.NaN);
    for (const [i, element] of elements.entries()) {
      for (let c = 0; c < array.components; c += 1)
        values[element * array.components + c] = array.values[i * array.components + c] ?? Number.NaN;
    }
    return { ...array, values };
  });
}

/**
 * Adds a trajectory to a molecule, whose positions become those of the first frame.
 *
 * @throws LoadError if the data is not a molecule with the same number of atoms
 */
export async function withTrajectory(data: Target, trajectory: Trajectory): Promise<Target> {
  const { path, atoms } = trajectory;
  if (data.kind !== "molecule")
    throw new LoadError(path, "it has positions of atoms, but the file before it is no molecule");
  const count = data.elements.length;
  if (atoms !== count) {
    const reason = `it has positions of ${atoms} atoms, but the file before it has ${count} atoms`;
    throw new LoadError(path, `${reason}: they do not belong together`);
  }
  const warnings = [...data.warnings, ...trajectory.warnings.map((warning) => `${path}: ${warning}`)];
  const trajectories = [...(data.trajectories ?? []), trajectory];
  if (trajectories.length > 1) return { ...data, warnings, trajectories };
  const positions = await framePositions({ ...data, trajectories }, 0);
  return { ...data, warnings, trajectories, positions, models: [] };
}
