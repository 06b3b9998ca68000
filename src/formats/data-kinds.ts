import type { Vec3 } from "../geometry/coordinates.ts";
import type { NumericArray } from "../native/numeric-array.ts";
import type { DcdLayout } from "./dcd/dcd-frame.ts";
import type { GltfDocument } from "./gltf/gltf-document.ts";
import type { RgbaImage } from "./images/rgba-image.ts";

/** The result of reading a file: plain data, without three.js objects. `kind` selects the actor that shows it. */
export type FileData = Mesh | Points | Streamlines | Volume | Molecule | Overlay | Trajectory | GltfScene;

export type { NumericArray };

/** Values of a dataset's points, cells, streamlines or groups, as a file names them. */
export interface DataArray {
  readonly name: string;
  /** Number of values per element: 1 for scalars, 3 for vectors. */
  readonly components: number;
  /** All components of the first element, then those of the second. NaN: no value. */
  readonly values: NumericArray;
  /** "mm", "K"; default: unknown. */
  readonly unit?: string | undefined;
  /** Names and colors of integer values, for an array of labels. */
  readonly labels?: readonly Label[] | undefined;
  /** Shown only on request, such as the confidence of a scan. Default: false; the first array of scalars is shown. */
  readonly isAuxiliary?: boolean | undefined;
  /** Structure of the brain whose surface it belongs to, such as "cortex left"; default: that of the surface before it. */
  readonly structure?: string | undefined;
  /** Number of the overlay file that it is from, from 0; undefined: the file itself. */
  readonly overlay?: number | undefined;
}

export interface Label {
  readonly value: number;
  readonly name: string;
  /** sRGB and opacity, 0 to 1. */
  readonly color: readonly [red: number, green: number, blue: number, alpha: number];
}

/**
 * Space of the positions: "ras" is anatomy, in mm: x to the right, y to the front, z to the top of the head (RAS+); "unknown" is any other
 * coordinate system.
 */
export type Space = "ras" | "unknown";

interface Metadata {
  /** The floating origin, which is subtracted from all positions (see `coordinateOrigin`). */
  readonly origin: Vec3;
  /** Sentences for the user about parts that were left out, with the reason. */
  readonly warnings: string[];
  /** Of a file with several time steps, of which this is one; see `ReadContext.step`. */
  readonly steps?: FileSteps | undefined;
  /** A sentence for the user if only a sample of the file is shown; it is one of the warnings. */
  readonly sampled?: string | undefined;
}

export interface FileSteps {
  readonly count: number;
  /** Time of each step, s; default: unknown. */
  readonly seconds?: readonly number[];
}

/** Surfaces, lines and points of one file. Elements can share arrays. */
export interface Mesh extends Metadata {
  readonly kind: "mesh";
  readonly surfaces: readonly Surface[];
  /** Line segments, two vertices each. */
  readonly lines: Lines | undefined;
  readonly points: Vertices | undefined;
  /** The cells whose outer faces are among the surfaces, for sections; only if `ReadContext.keepsCells`. */
  readonly solidCells?: SolidCells | undefined;
  /** Default: "unknown". */
  readonly space?: Space;
  /** Structure of the brain whose surface it is, such as "cortex left" (see `brainStructure`); default: unknown. */
  readonly structure?: string | undefined;
}

/** Cells with a volume, such as tetrahedra, as VTK numbers their nodes and types. */
export interface SolidCells {
  /** All points of the file, without indices. */
  readonly points: Vertices;
  /** Start of each cell in `connectivity`, and its length as the last element. */
  readonly offsets: Uint32Array;
  /** Vertices of all cells; for a polyhedron, the number of its faces, then the number of corners and the corners of each. Unchecked. */
  readonly connectivity: Uint32Array;
  /** Of each cell; cells of other types, without a volume, are among them. */
  readonly types: Uint8Array;
  /** One element per cell. */
  readonly cellArrays: readonly DataArray[];
  /** Whether the surfaces of the mesh have no other cells than these. */
  readonly areAll: boolean;
}

export interface Points extends Metadata {
  readonly kind: "points";
  readonly vertices: Vertices;
}

export interface Vertices {
  /** x, y, z of each vertex, relative to the origin. */
  readonly positions: Float32Array;
  /** Red, green, blue of each vertex, linear, 0 to 1. */
  readonly colors?: Float32Array | undefined;
  /** Vertex indices in drawing order; default: each vertex once. */
  readonly indices?: Uint32Array | undefined;
  /** One element per vertex. */
  readonly arrays?: readonly DataArray[] | undefined;
}

/** Segments of two vertices each. */
export interface Lines extends Vertices {
  /** One element per cell, such as a polyline of the file. */
  readonly cellArrays?: readonly DataArray[] | undefined;
  /** The cell of each segment; default: each segment is a cell. */
  readonly cells?: Uint32Array | undefined;
}

/** Triangles that share a material. */
export interface Surface extends Vertices {
  /**
   * x, y, z of each vertex's normal; NaN if it is not in the file, and the surface then has no `indices`. Missing normals are
   * computed jointly for all surfaces with NaN, and jointly for all indexed surfaces without this array, which avoids a visible
   * seam between materials.
   */
  readonly normals?: Float32Array | undefined;
  /** Flat shading, one normal per triangle; default: false. */
  readonly flat?: boolean;
  /** u, v of each vertex; v = 0 is the bottom row of a texture. */
  readonly uvs?: Float32Array | undefined;
  /** Default: the actor's own material. */
  readonly material?: SurfaceMaterial | undefined;
  /** One element per cell, such as a polygon of the file. */
  readonly cellArrays?: readonly DataArray[] | undefined;
  /** The cell of each triangle; default: each triangle is a cell. */
  readonly cells?: Uint32Array | undefined;
}

export type TextureUse = "diffuse" | "specular" | "emissive" | "normal" | "bump" | "opacity";

export interface SurfaceMaterial {
  readonly name: string;
  readonly lighting: "lambert" | "phong";
  /** Colors are sRGB, 0 to 1. */
  readonly diffuse?: Vec3 | undefined;
  readonly specular?: Vec3 | undefined;
  readonly emissive?: Vec3 | undefined;
  /** Phong exponent. */
  readonly shininess?: number | undefined;
  /** 0 is invisible, 1 opaque; default: 1. */
  readonly opacity?: number | undefined;
  readonly textures: Partial<Readonly<Record<TextureUse, SurfaceTexture>>>;
}

export interface SurfaceTexture {
  /** Shared by all uses of the same file. */
  readonly image: RgbaImage;
  /** The texture does not repeat; default: false. */
  readonly clamp?: boolean;
  /** Added to the texture coordinates; default: 0, 0. */
  readonly offset?: readonly [number, number];
  /** Multiplies the texture coordinates; default: 1, 1. */
  readonly scale?: readonly [number, number];
  /** Height of a bump map; default: 1. */
  readonly bumpScale?: number;
}

/** Polylines, such as the streamlines of a tractogram. */
export interface Streamlines extends Metadata {
  readonly kind: "streamlines";
  readonly space: Space;
  /** x, y, z of each point, relative to the origin. */
  readonly positions: Float32Array;
  /** Index of the first point of each streamline, and the number of points as the last element. */
  readonly offsets: Uint32Array;
  /** One element per point. */
  readonly pointArrays: readonly DataArray[];
  /** One element per streamline. */
  readonly streamlineArrays: readonly DataArray[];
  readonly groups: readonly StreamlineGroup[];
}

/** A named set of streamlines, such as a bundle of a tractogram. Groups can overlap. */
export interface StreamlineGroup {
  readonly name: string;
  readonly streamlines: Uint32Array;
  /** One element for the whole group. */
  readonly arrays: readonly DataArray[];
}

/** A regular grid of voxels, such as an image of the brain. */
export interface Volume extends Metadata {
  readonly kind: "volume";
  readonly space: Space;
  /** Number of voxels along i, j and k. */
  readonly dims: readonly [number, number, number];
  /** Number of time steps. */
  readonly frames: number;
  /** Values per voxel, interleaved: 1, or 3 and 4 for RGB and RGBA. */
  readonly components: number;
  /** Stored values: i varies fastest, then j, k and time. */
  readonly values: NumericArray;
  /** A value is `slope * stored + intercept`. */
  readonly slope: number;
  readonly intercept: number;
  /**
   * Row-major 4x4 matrix from the centre of voxel i, j, k to world coordinates, without the floating origin, which a volume does not need:
   * its `origin` is 0.
   */
  readonly affine: readonly number[];
  /** Unit of the world: "mm"; default: unknown. */
  readonly unit?: string | undefined;
  /** Duration of a time step, s; default: unknown. */
  readonly frameSeconds?: number | undefined;
  /** Names and colors of integer values, for a segmentation. */
  readonly labels?: readonly Label[] | undefined;
  /** Range of values to show by default that the file suggests (cal_min, cal_max of NIfTI). */
  readonly displayRange?: readonly [number, number] | undefined;
}

/** Atoms and bonds. Arrays have one element per atom unless said otherwise. */
export interface Molecule extends Metadata {
  readonly kind: "molecule";
  /** x, y, z in angstroms, relative to the origin. */
  readonly positions: Float32Array;
  /** Atomic number; 0: unknown. */
  readonly elements: Uint8Array;
  /** Atom names, such as CA. */
  readonly names: readonly string[];
  /** Index into `residues`. */
  readonly residueOfAtom: Uint32Array;
  readonly residues: readonly Residue[];
  readonly chains: readonly Chain[];
  /** Temperature factor; NaN: unknown. */
  readonly bFactors: Float32Array;
  /** Pairs of atoms. */
  readonly bonds: Uint32Array;
  /** Bond orders, one per bond: 1 to 3; 4: aromatic. */
  readonly bondOrders: Uint8Array;
  /** Positions of the other models (NMR), each like `positions`; none with trajectories. */
  readonly models: readonly Float32Array[];
  /** Files with the positions of all time steps, one after the other; `positions` are those of the first frame. Default: none. */
  readonly trajectories?: readonly Trajectory[] | undefined;
  readonly assemblies: readonly Assembly[];
}

export interface Residue {
  /** Three-letter code, such as ALA. */
  readonly name: string;
  /** Sequence number with insertion code, such as 52A. */
  readonly number: string;
  /** Index into `chains`. */
  readonly chain: number;
  readonly isHetero: boolean;
  /** Of the file, or computed from the backbone. */
  readonly structure: "helix" | "sheet" | "coil";
}

export interface Chain {
  readonly name: string;
}

/** A biological assembly: copies of chains. */
export interface Assembly {
  readonly name: string;
  readonly copies: readonly {
    readonly chains: readonly number[];
    /** Row-major 4x4 matrix, Å. */
    readonly matrix: readonly number[];
  }[];
}

/** Arrays for the data of another file, which precedes it on the command line, such as the curvature of a surface. */
export interface Overlay extends Metadata {
  readonly kind: "overlay";
  /** What the arrays belong to. */
  readonly of: "points" | "cells" | "streamlines";
  /** All of one structure have the same number of elements. */
  readonly arrays: readonly DataArray[];
  /** The numbers of the elements that have values, such as vertices of a surface. Default: all, in their order. */
  readonly elements?: Uint32Array | undefined;
}

/** Positions over time for the molecule of another file, which precedes it on the command line. They are read when they are shown. */
export interface Trajectory extends Metadata {
  readonly kind: "trajectory";
  readonly path: string;
  /** Number of atoms of each frame. */
  readonly atoms: number;
  /** Offset of each frame in the file, bytes. */
  readonly frames: Float64Array;
  /** Time of each frame, s; default: unknown. */
  readonly seconds?: readonly number[];
  readonly layout: { readonly format: "xtc" } | DcdLayout;
}

/** A validated glTF 2.0 document with its buffers. */
export interface GltfScene extends Metadata {
  readonly kind: "gltf";
  readonly document: GltfDocument;
  /** By buffer index; undefined for a buffer without bytes (a meshopt fallback). */
  readonly buffers: readonly (ArrayBuffer | undefined)[];
  /** By image index: the encoded bytes of each used image that has a URI. */
  readonly images: readonly (GltfImageFile | undefined)[];
}

/** An image file of a glTF document, or the reason why it cannot be read. */
export type GltfImageFile = { readonly bytes: Uint8Array } | { readonly failure: string };
