import type { Actor } from "../../actors/actor.ts";
import type { Vertices } from "../../formats/data-kinds.ts";
import type { LayerStyle } from "../../layers/layer.ts";
import type { Trait } from "../../layers/property.ts";
import { COLOR_BY } from "../../loading/molecule/atom-colors.ts";
import type { PreparedStreamlines } from "../../loading/prepare-streamlines.ts";
import type { PreparedData, PreparedMesh, PreparedVertices } from "../../loading/prepared-data.ts";
import type { ValueSummary } from "../../scalars/histogram.ts";
import type { ScalarLayer } from "../../scalars/scalar-field.ts";

/** Number of streamlines whose lengths are measured: the first ones of a random order. */
const MEASURED_LINES = 2000;

/** Number of vectors whose lengths are measured. */
const MEASURED_VECTORS = 10_000;

/** An array that a layer can be colored by, or another choice of colors. */
interface ColorSource {
  readonly name: string;
  /** 1 for colors that are not those of an array. */
  readonly components: number;
  /** Number of the overlay file that it is from; default: the layer's own file. */
  readonly overlay?: number | undefined;
  /** Whether it colors the layer without values. Default: false. */
  readonly isDefault?: boolean;
}

/** What colors stand for, in the layer itself or in one of its overlays. */
interface ShownScalars {
  /** Number of the overlay file; default: the layer's own file. */
  readonly overlay?: number | undefined;
  /** Undefined for labels. */
  readonly values?: ValueSummary | undefined;
}

/** What the panel needs to know of a layer's data, without the data. */
export interface LayerFacts {
  readonly traits: ReadonlySet<Trait>;
  /** "triangles", 8000000. */
  readonly counts: readonly (readonly [name: string, count: number])[];
  /** Of the positions; default: unknown. */
  readonly unit?: string | undefined;
  readonly colors: readonly ColorSource[];
  /** Names of arrays of vectors of points. */
  readonly vectors: readonly string[];
  readonly groups: readonly string[];
  readonly assemblies: readonly string[];
  readonly shown: readonly ShownScalars[];
  /** Length of the longest streamline of a sample, or of the longest vector of the warp. */
  readonly longest?: number | undefined;
  /** Smallest voxel spacing. */
  readonly spacing?: number | undefined;
  readonly warnings: readonly string[];
}

/** Collects the facts about a layer, in less than a millisecond for a mesh of any size. */
export function factsOf(data: PreparedData, actor: Actor, style: LayerStyle): LayerFacts {
  const warnings = [...new Set([...data.warnings, ...(actor.warnings ?? [])])];
  const none = { colors: [], vectors: [], groups: [], assemblies: [], shown: [], warnings };
  switch (data.kind) {
    case "mesh":
      return { ...none, ...factsOfMesh(data, style) };
    case "points":
      return {
        ...none,
        ...factsOfParts([data.vertices], style),
        traits: new Set(["points", ...traitsOfShown([data.vertices]), ...traitsOfStyle(style)]),
        counts: [["points", data.vertices.positions.length / 3]],
      };
    case "streamlines": {
      const { pointArrays, streamlineArrays, groups, space, order, positions } = data;
      const arrays = [...pointArrays, ...streamlineArrays, ...groups.flatMap((group) => group.arrays)];
      const ways = ["direction", "ends", ...(groups.length > 0 ? ["group"] : []), "file"];
      return {
        ...none,
        traits: new Set([
          "lines",
          ...(actor.values === undefined ? [] : (["values"] as const)),
          ...traitsOfStyle(style),
        ]),
        counts: [
          ["streamlines", order.length],
          ["points", positions.length / 3],
        ],
        unit: space === "ras" ? "mm" : undefined,
        colors: [
          ...ways.map((name) => ({ name, components: 1, isDefault: name === "direction" })),
          ...arrays.map(({ name, components, overlay }) => ({ name, components, overlay })),
        ],
        groups: groups.map(({ name }) => name),
        shown: actor.values === undefined ? [] : [{ values: actor.values }],
        longest: longestLine(data),
      };
    }
    case "volume": {
      const { dims, components, frames, statistics, unit, affine } = data;
      const { min, max, range, histogram } = statistics;
      const isScalar = components === 1;
      const values = { array: "values", components, extent: [min, max] as const, range, histogram };
      const hasValues = isScalar && min < max && actor.legend?.labels === undefined;
      const traits: Trait[] = [
        ...(isScalar ? (["scalar"] as const) : []),
        ...(hasValues ? (["values"] as const) : []),
        ...(hasValues && min < 0 ? (["negative"] as const) : []),
        ...(isScalar && actor.legend?.labels !== undefined ? (["labels"] as const) : []),
        ...(components === 3 || (isScalar && frames > 1 && frames % 3 === 0) ? (["peaks"] as const) : []),
        ...(data.bricks === undefined ? [] : (["rays"] as const)),
      ];
      const columns = [0, 1, 2].map((i) => Math.hypot(...[0, 4, 8].map((row) => affine[row + i] ?? 0)));
      return {
        ...none,
        traits: new Set(traits),
        counts: [["voxels", dims[0] * dims[1] * dims[2]]],
        unit,
        shown: isScalar && min < max ? [{ values }] : [],
        spacing: Math.min(...columns),
      };
    }
    case "molecule": {
      const { elements, bonds, residues, chains, scale, assemblies } = data;
      return {
        ...none,
        traits: new Set(scale === undefined ? [] : ["values"]),
        counts: [
          ["atoms", elements.length],
          ["bonds", bonds.length / 2],
          ["residues", residues.length],
          ["chains", chains.length],
        ],
        unit: "Å",
        colors: COLOR_BY.map((name) => ({ name, components: 1, isDefault: name === "element" })),
        assemblies: assemblies.map(({ name }) => name),
        shown: scale === undefined ? [] : [{ values: scale.summary }],
      };
    }
    case "gltf": {
      const { meshes = [], materials = [], animations = [] } = data.document;
      return {
        ...none,
        traits: new Set(),
        counts: [
          ["meshes", meshes.length],
          ["materials", materials.length],
          ["animations", animations.length],
        ],
      };
    }
  }
}

function factsOfMesh(
  data: PreparedMesh,
  style: LayerStyle,
): Pick<LayerFacts, "traits" | "counts" | "unit" | "colors" | "vectors" | "shown" | "longest"> {
  const { surfaces, lines, points, counts, space } = data;
  const parts = [...surfaces, lines, points].filter((part) => part !== undefined);
  const hasLines = lines !== undefined || surfaces.some(({ edges }) => edges !== undefined);
  return {
    ...factsOfParts(parts, style),
    traits: new Set([
      ...(surfaces.length > 0 ? (["triangles"] as const) : []),
      ...(hasLines ? (["lines"] as const) : []),
      ...(points !== undefined ? (["points"] as const) : []),
      ...traitsOfShown(parts),
      ...traitsOfStyle(style),
    ]),
    counts: [
      ["triangles", counts.triangles],
      ["lines", counts.lines],
      ["points", counts.points],
    ],
    unit: space === "ras" ? "mm" : undefined,
  };
}

type Part = PreparedVertices & { readonly cellArrays?: Vertices["arrays"] };

function factsOfParts(
  parts: readonly Part[],
  { warp }: LayerStyle,
): Pick<LayerFacts, "colors" | "vectors" | "shown" | "longest"> {
  const ofPoints = parts.flatMap(({ arrays = [] }) => arrays);
  const ofCells = parts.flatMap(({ cellArrays = [] }) => cellArrays);
  const names = new Set<string>();
  const colors = [...ofPoints, ...ofCells].filter(({ name }) => names.size < names.add(name).size);
  const vectors = ofPoints.filter(({ components }) => components === 3);
  const moving = vectors.find(({ name }) => name === warp);
  const scalars = shownScalars(parts);
  return {
    colors: colors.map(({ name, components, overlay }) => ({ name, components, overlay })),
    vectors: [...new Set(vectors.map(({ name }) => name))],
    shown: scalars.map(({ overlay, field }) => ({ overlay, values: field.summary })),
    longest: moving && longestVector(moving.values),
  };
}

/** One layer of scalars per overlay, and that of the file itself: all parts have the same ones. */
function shownScalars(parts: readonly Part[]): ScalarLayer[] {
  const byOverlay = new Map(parts.flatMap(({ scalars = [] }) => scalars.map((each) => [each.overlay, each])));
  return [...byOverlay.values()];
}

function traitsOfShown(parts: readonly Part[]): Trait[] {
  const own = shownScalars(parts).find(({ overlay }) => overlay === undefined);
  if (own === undefined) return [];
  return [own.field.labels === undefined ? "values" : "labels"];
}

function traitsOfStyle(style: LayerStyle): Trait[] {
  return (["mask", "warp", "glyphs"] as const).filter((name) => style[name] !== undefined);
}

function longestLine({ positions, offsets, order }: PreparedStreamlines): number {
  let longest = 0;
  for (const line of order.subarray(0, MEASURED_LINES)) {
    let length = 0;
    for (let at = 3 * ((offsets[line] ?? 0) + 1); at < 3 * (offsets[line + 1] ?? 0); at += 3) {
      const part = Math.hypot(
        (positions[at] ?? 0) - (positions[at - 3] ?? 0),
        (positions[at + 1] ?? 0) - (positions[at - 2] ?? 0),
        (positions[at + 2] ?? 0) - (positions[at - 1] ?? 0),
      );
      if (Number.isFinite(part)) length += part;
    }
    longest = Math.max(longest, length);
  }
  return longest;
}

function longestVector(values: ArrayLike<number>): number {
  const count = Math.floor(values.length / 3);
  const step = Math.max(1, Math.floor(count / MEASURED_VECTORS));
  let longest = 0;
  for (let i = 0; i < count; i += step) {
    const length = Math.hypot(values[3 * i] ?? 0, values[3 * i + 1] ?? 0, values[3 * i + 2] ?? 0);
    if (Number.isFinite(length)) longest = Math.max(longest, length);
  }
  return longest;
}
