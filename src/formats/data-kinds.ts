import type { Vec3 } from "../geometry/coordinates.ts";
import type { GltfDocument } from "./gltf/gltf-document.ts";
import type { RgbaImage } from "./images/rgba-image.ts";

/** The result of reading a file: plain data, without three.js objects. `kind` selects the actor that shows it. */
export type FileData = Mesh | Points | GltfScene;

interface Metadata {
  /** The floating origin, which is subtracted from all positions (see `coordinateOrigin`). */
  readonly origin: Vec3;
  /** Sentences for the user about parts that were left out, with the reason. */
  readonly warnings: string[];
}

/** Surfaces, lines and points of one file. Elements can share arrays. */
export interface Mesh extends Metadata {
  readonly kind: "mesh";
  readonly surfaces: readonly Surface[];
  /** Line segments, two vertices each. */
  readonly lines: Vertices | undefined;
  readonly points: Vertices | undefined;
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
}

export type TextureUse = "diffuse" | "specular" | "emissive" | "normal" | "bump" | "opacity";

export interface SurfaceMaterial {
  readonly name: string;
  readonly lighting: "lambert" | "phong";
  /** Colours are sRGB, 0 to 1. */
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

/** A validated glTF 2.0 document with its buffers. Images are read when the actor needs them. */
export interface GltfScene extends Metadata {
  readonly kind: "gltf";
  readonly document: GltfDocument;
  /** By buffer index; undefined for a buffer without bytes (a meshopt fallback). */
  readonly buffers: readonly (ArrayBuffer | undefined)[];
  /**
   * Reads the encoded bytes of an image by its URI: `data:`, or a file in the document's folder.
   *
   * @throws ReferencedFileError
   */
  readImage(uri: string): Uint8Array;
}
