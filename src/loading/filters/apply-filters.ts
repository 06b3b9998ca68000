import type { Mesh, Points, Surface, Vertices } from "../../formats/data-kinds.ts";
import { DataError, quote } from "../../formats/load-error.ts";
import type { MeshStyle, PointsStyle } from "../../layers/layer-properties.ts";
import { type Plane, parsePlane, relativePlane } from "../../layers/plane.ts";
import { cutCells } from "./cut-cells.ts";
import { arrowGlyphs, cellCenters, diagonalOf } from "./glyphs.ts";
import { section } from "./section.ts";
import { warp } from "./warp.ts";

/** Distance of a cap from the clip plane, relative to the extent of the mesh. */
const RELATIVE_CAP_DISTANCE = 1e-5;

export interface FilteredData {
  readonly data: Mesh | Points;
  /** The surfaces of `data` that are arrows. */
  readonly arrows: ReadonlySet<Vertices>;
}

/**
 * Changes the shape of a mesh or of points as its style requests: warped by vectors, then cut by a plane, with arrows for vectors.
 *
 * @throws DataError if the data lack a requested array, or the plane does not cut the surface
 */
export function applyFilters(data: Mesh | Points, style: MeshStyle & PointsStyle): FilteredData {
  let result = data;
  const { warp: warpBy, warpFactor = 1, slicePlane, clip, glyphs, glyphScale = 1 } = style;
  if (warpBy !== undefined) result = warpAll(result, warpBy, warpFactor);
  if (slicePlane !== undefined && result.kind === "mesh") {
    const cut = sectionOf(result, parsePlane(slicePlane));
    if (cut.lines === undefined && cut.surfaces.length === 0)
      throw new DataError(`the plane ${quote(slicePlane)} does not cut it`);
    result = cut;
  } else if (clip !== undefined && result.kind === "mesh") result = withCap(result, parsePlane(clip));
  if (clip !== undefined && isBeyond(result, parsePlane(clip)))
    result.warnings.push(`all of it is beyond the plane ${quote(clip)} of --clip: it is not visible`);
  return glyphs === undefined ? { data: result, arrows: new Set() } : withGlyphs(result, glyphs, glyphScale);
}

function warpAll(data: Mesh | Points, name: string, factor: number): Mesh | Points {
  const done = new Map<Float32Array, Float32Array>();
  const move = <Part extends Vertices>(part: Part): Part => warp(part, name, factor, done);
  if (data.kind === "points") return { ...data, vertices: move(data.vertices) };
  const { surfaces, lines, points, solidCells } = data;
  return {
    ...data,
    surfaces: surfaces.map(move),
    lines: lines && move(lines),
    points: points && move(points),
    solidCells: solidCells && { ...solidCells, points: move(solidCells.points) },
  };
}

/** The section: polygons of the cells with a volume, and lines of other surfaces. */
function sectionOf(data: Mesh, plane: Plane): Mesh {
  const own = relativePlane(plane, data.origin);
  const { solidCells } = data;
  const surfaces = [solidCells && cutCells(solidCells, own)].flatMap((surface) => surface ?? []);
  const outlines = solidCells?.areAll ? [] : data.surfaces;
  const parts = outlines.flatMap((surface) => section(surface, own) ?? []);
  const lines = parts.length < 2 ? parts[0] : joinParts(parts);
  return { ...data, surfaces, lines, points: undefined, solidCells: undefined };
}

/** Closes a mesh of cells with a volume at the plane beyond which it is hidden. */
function withCap(data: Mesh, plane: Plane): Mesh {
  const { solidCells, ...rest } = data;
  if (solidCells === undefined) return data;
  const { normal, offset } = relativePlane(plane, data.origin);
  // On the visible side of the plane by less than a pixel, so that rounding does not hide parts of it.
  const inside = offset - RELATIVE_CAP_DISTANCE * diagonalOf(solidCells.points.positions);
  const cap = cutCells(solidCells, { normal, offset: inside });
  return cap === undefined ? rest : { ...rest, surfaces: [...rest.surfaces, cap] };
}

/** Whether all vertices are beyond a plane. */
function isBeyond(data: Mesh | Points, plane: Plane): boolean {
  const {
    normal: [x, y, z],
    offset,
  } = relativePlane(plane, data.origin);
  return partsOf(data).every(({ positions }) => {
    for (let i = 0; i < positions.length; i += 3) {
      if (x * (positions[i] ?? 0) + y * (positions[i + 1] ?? 0) + z * (positions[i + 2] ?? 0) <= offset)
        return false;
    }
    return true;
  });
}

function partsOf(data: Mesh | Points): readonly Vertices[] {
  if (data.kind === "points") return [data.vertices];
  return [...data.surfaces, ...[data.lines ?? []].flat(), ...[data.points ?? []].flat()];
}

/** Joins points of several parts, with the arrays that all of them have. */
function joinParts(parts: readonly Vertices[]): Vertices {
  const [first] = parts;
  const join = (arrays: readonly ArrayLike<number>[]) => {
    const joined = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
    let start = 0;
    for (const array of arrays) {
      joined.set(array, start);
      start += array.length;
    }
    return joined;
  };
  const arrays = (first?.arrays ?? []).flatMap((array) => {
    const found = parts.flatMap((part) => part.arrays?.find(({ name }) => name === array.name)?.values ?? []);
    return found.length === parts.length ? { ...array, values: join(found) } : [];
  });
  return { positions: Float32Array.from(join(parts.map(({ positions }) => positions))), arrays };
}

function withGlyphs(data: Mesh | Points, name: string, scale: number): FilteredData {
  const parts = partsOf(data);
  const isOfCells = (part: Vertices & Partial<Surface>): boolean =>
    !part.arrays?.some((array) => array.name === name) &&
    part.cellArrays?.some((array) => array.name === name) === true;
  const arrows = parts.flatMap((part) => {
    const points = isOfCells(part) ? cellCenters(part) : part;
    return arrowGlyphs(points, name, scale) ?? [];
  });
  const { origin } = data;
  const warnings = [
    ...data.warnings,
    ...(arrows.length === 0 ? [`all vectors of "${name}" are zero: they have no arrows`] : []),
  ];
  const mesh: Mesh =
    data.kind === "mesh"
      ? { ...data, warnings, surfaces: [...data.surfaces, ...arrows] }
      : { kind: "mesh", origin, warnings, surfaces: arrows, lines: undefined, points: data.vertices };
  return { data: mesh, arrows: new Set(arrows) };
}
