import type {
  FileData,
  Lines,
  Mesh,
  Molecule,
  Overlay,
  Points,
  Surface,
  Trajectory,
  Vertices,
  Volume,
} from "../formats/data-kinds.ts";
import type { VertexBounds } from "../native/mesh-kernels.ts";
import type { BrickData } from "../native/volume-bricks.ts";
import type { ScalarLayer } from "../scalars/scalar-field.ts";
import type { MoleculeColors } from "./molecule/atom-colors.ts";
import type { PreparedGltf } from "./prepare-gltf.ts";
import type { PreparedStreamlines } from "./prepare-streamlines.ts";
import type { PrimitiveCounts } from "./primitive-counter.ts";
import type { SurfaceDetail } from "./surface-detail.ts";
import type { VolumeStatistics } from "./volume-statistics.ts";

interface Prepared {
  /** Primitives with valid coordinates. */
  readonly counts: Readonly<PrimitiveCounts>;
}

export interface PreparedSurface extends Surface {
  /** The values that color it, one per vertex, the lowest layer first; default: none. */
  readonly scalars?: readonly ScalarLayer[] | undefined;
  /** The mesh is closed, so that its back faces are hidden; false if drafts were not requested. */
  readonly isWatertight: boolean;
  /** The vertex of the file, or an earlier one, that each of the last vertices is a copy of. The others are those of the file. */
  readonly sources?: Uint32Array | undefined;
  /** Two vertices per edge of its cells; undefined if they are not shown. */
  readonly edges?: Uint32Array | undefined;
  readonly detail: SurfaceDetail | undefined;
  /** Its chunks and levels of detail are made later, by `makeLateDetail`, and it is then tested for being watertight, or not. Default: nothing is missing. */
  readonly awaits?: { readonly watertight: boolean } | undefined;
}

export interface PreparedVertices extends Vertices {
  /** The values that color it, one per vertex, the lowest layer first; default: none. */
  readonly scalars?: readonly ScalarLayer[] | undefined;
  /** Of a large cloud without indices. */
  readonly bounds?: VertexBounds;
}

type PreparedLines = PreparedVertices & Pick<Lines, "cellArrays" | "cells">;

export type PreparedMesh = Omit<Mesh, "surfaces" | "lines" | "points"> &
  Prepared & {
    readonly surfaces: readonly PreparedSurface[];
    readonly lines: PreparedLines | undefined;
    readonly points: PreparedVertices | undefined;
  };

export type PreparedPoints = Omit<Points, "vertices"> & Prepared & { readonly vertices: PreparedVertices };

/** What is computed of a volume before it is shown. */
export interface VolumeParts {
  readonly statistics: VolumeStatistics;
  /** For ray casting, of the first time step. */
  readonly bricks?: BrickData | undefined;
  /** The isosurface of the first time step; undefined if that does not cross the value, or none is requested. */
  readonly surface?: PreparedMesh | undefined;
}

export type PreparedVolume = Volume & Prepared & VolumeParts;
export type PreparedMolecule = Molecule &
  Prepared & {
    readonly mesh: PreparedMesh;
    /** Of the B factors that colors stand for. */
    readonly scale: MoleculeColors["scale"];
  };

/** Data that is a layer by itself. */
export type LayerData = Exclude<FileData, Overlay | Trajectory>;

/** The data of a file, ready to build three.js objects of. Small parts of glTF are prepared afterwards, by `prepareObject`. */
export type PreparedData =
  | PreparedMesh
  | PreparedPoints
  | PreparedStreamlines
  | PreparedVolume
  | PreparedMolecule
  | PreparedGltf;
