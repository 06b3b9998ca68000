import { brainStructure } from "../brain-structure.ts";
import type { DataArray, Label, Mesh, Overlay, Points } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { overlayName } from "../overlay-name.ts";
import { anatomicalSurface } from "../surface-mesh.ts";
import { type GiftiArray, readGiftiDocument } from "./gifti-document.ts";
import { giftiTransform } from "./gifti-space.ts";

/**
 * Reads GIFTI: a surface with arrays, or only arrays for the vertices of another surface.
 *
 * @throws LoadError
 * @throws DataError
 */
export async function readGifti(context: ReadContext): Promise<Mesh | Points | Overlay> {
  const warnings: string[] = [];
  const { arrays, labels, metadata } = await readGiftiDocument(context, warnings);
  const [points, ...otherPoints] = arrays.filter(({ intent }) => intent === "POINTSET");
  const [triangles, ...otherTriangles] = arrays.filter(({ intent }) => intent === "TRIANGLE");
  const structure = brainStructure(
    points?.metadata.get("AnatomicalStructurePrimary") ?? metadata.get("AnatomicalStructurePrimary"),
  );
  const values = namedArrays(
    arrays.filter(({ intent }) => intent !== "POINTSET" && intent !== "TRIANGLE"),
    labels,
    overlayName(context.path),
  );
  if (points === undefined) {
    const detail = warnings.length > 0 ? ` (${warnings.join("; ")})` : "";
    if (triangles !== undefined) throw new DataError(`it has triangles, but no points${detail}`);
    if (values.length === 0) throw new DataError(`it has no arrays that can be shown${detail}`);
    if (arrays.some(({ intent }) => intent === "NODE_INDEX")) {
      throw new DataError("its values are for a list of vertices (NODE_INDEX), which is not supported");
    }
    return overlay(
      values.map((array) => ({ ...array, structure })),
      warnings,
    );
  }
  if (points.components !== 3) throw new DataError(`its points have ${points.components} coordinates, not 3`);
  if (triangles !== undefined && triangles.components !== 3) {
    throw new DataError(`its triangles have ${triangles.components} vertices, not 3`);
  }
  if (otherPoints.length > 0 || otherTriangles.length > 0) {
    warnings.push("it has several surfaces: the first is shown");
  }
  const vertices = points.values.length / 3;
  return anatomicalSurface({
    points: points.values,
    triangles: triangles?.values,
    transform: giftiTransform(points, warnings),
    arrays: fitting(values, vertices, warnings),
    structure,
    warnings,
  });
}

/** The arrays with one element per vertex. */
function fitting(arrays: readonly DataArray[], vertices: number, warnings: string[]): DataArray[] {
  return arrays.filter(({ name, values, components }) => {
    const count = values.length / components;
    if (count === vertices) return true;
    warnings.push(`the array ${name} is left out: it has ${count} values for ${vertices} vertices`);
    return false;
  });
}

/** @throws DataError if the arrays have different lengths */
function overlay(arrays: readonly DataArray[], warnings: string[]): Overlay {
  const counts = new Set(arrays.map(({ values, components }) => values.length / components));
  if (counts.size > 1) throw new DataError(`its arrays have different lengths: ${[...counts].join(", ")}`);
  return { kind: "overlay", of: "points", origin: [0, 0, 0], arrays, warnings };
}

/** Names arrays by their metadata, else by the file; several of the same name get numbers. */
function namedArrays(arrays: readonly GiftiArray[], labels: readonly Label[], fileName: string): DataArray[] {
  const names = arrays.map(({ metadata }) => metadata.get("Name") || fileName);
  return arrays.map(({ values, components, intent }, i) => {
    const name = names[i] ?? fileName;
    const number = names.slice(0, i + 1).filter((other) => other === name).length;
    const isUnique = names.filter((other) => other === name).length === 1;
    return {
      name: isUnique ? name : `${name} ${number}`,
      components,
      values,
      labels: intent === "LABEL" && labels.length > 0 ? labels : undefined,
    };
  });
}
