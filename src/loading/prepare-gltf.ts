import type { GltfScene } from "../formats/data-kinds.ts";
import { elementBytes } from "../formats/gltf/gltf-accessors.ts";
import { type AccessorValues, accessorValues, gatherAccessor } from "../formats/gltf/gltf-arrays.ts";
import type { GltfAccessor, GltfDocument, GltfPrimitive } from "../formats/gltf/gltf-document.ts";
import { LoadError } from "../formats/load-error.ts";
import {
  collapseInvalid,
  findInvalidIndex,
  invalidIndexReason,
  replaceNonFinite,
} from "../geometry/collapse-invalid.ts";
import { analyzeSurface, appendVertices } from "../native/mesh-kernels.ts";
import type { ReportProgress } from "./load-phase.ts";
import { compactVertices, makeSurfaceDetail, type SurfaceDetail } from "./surface-detail.ts";

/** Minimum number of triangles of a primitive with its own vertices that is prepared here: smaller ones take the rendering thread less than 10 ms. */
const MIN_TRIANGLES = 20_000;

const TRIANGLES = 4;
const FLOAT = 5126;

const COMPONENT_TYPES: Readonly<Record<string, GltfAccessor["componentType"]>> = {
  Int8Array: 5120,
  Uint8Array: 5121,
  Int16Array: 5122,
  Uint16Array: 5123,
  Uint32Array: 5125,
  Float32Array: 5126,
};

/** Accessor types by the number of values per element. */
const TYPES: readonly (GltfAccessor["type"] | undefined)[] = [undefined, "SCALAR", "VEC2", "VEC3", "VEC4"];

/** A triangle primitive whose arrays are ready for GL: its accessors have valid values, and normals. */
export interface GltfSurface {
  /** Number of triangles with invalid coordinates, which were collapsed. */
  readonly dropped: number;
  readonly detail: SurfaceDetail | undefined;
}

export type PreparedGltf = GltfScene & {
  /** By mesh and primitive; undefined for a primitive that is prepared after GLTFLoader has loaded it. */
  readonly surfaces: readonly (readonly (GltfSurface | undefined)[])[];
};

interface Options {
  readonly path: string;
  readonly format: string;
  readonly drafts: boolean;
}

/**
 * Prepares the triangle primitives of a document that are large or share vertices, and makes their levels of detail. The primitives get
 * new accessors. Those that are compressed, sparse, quantized, skinned or morphed are left to `prepareObject`.
 *
 * @throws LoadError if a vertex index is out of range
 */
export function prepareGltf(data: GltfScene, options: Options, report: ReportProgress): PreparedGltf {
  const { meshes = [] } = data.document;
  const scene = new SceneBuffers(data);
  const prepared = new Map<string, { surface: GltfSurface; primitive: GltfPrimitive } | undefined>();
  const isShared = sharedAccessors(data.document);
  const total = meshes.reduce((sum, { primitives }) => sum + primitives.length, 0);
  const surfaces = meshes.map(({ primitives }) =>
    primitives.map((primitive, i) => {
      const { attributes, indices, mode, targets, extensions } = primitive;
      const key = JSON.stringify([attributes, indices, mode, targets, extensions]);
      if (!prepared.has(key)) {
        const start = prepared.size / total;
        const progress: ReportProgress = (phase, fraction) => report(phase, start + fraction / total);
        prepared.set(key, preparePrimitive(scene, primitive, isShared, options, progress));
      }
      const result = prepared.get(key);
      if (result !== undefined)
        primitives[i] = { ...primitive, ...result.primitive, material: primitive.material };
      return result?.surface;
    }),
  );
  return { ...data, buffers: scene.buffers, surfaces };
}

/** Returns a function that tells whether more than one list of indices uses an accessor. */
function sharedAccessors({ meshes = [] }: GltfDocument): (accessor: number) => boolean {
  const users = new Map<number, Set<unknown>>();
  for (const { attributes, indices } of meshes.flatMap(({ primitives }) => primitives)) {
    for (const accessor of Object.values(attributes)) {
      const lists = users.get(accessor) ?? new Set();
      users.set(accessor, lists.add(indices));
    }
  }
  return (accessor) => (users.get(accessor)?.size ?? 0) > 1;
}

function preparePrimitive(
  scene: SceneBuffers,
  primitive: GltfPrimitive,
  isShared: (accessor: number) => boolean,
  { path, format, drafts }: Options,
  report: ReportProgress,
): { surface: GltfSurface; primitive: Pick<GltfPrimitive, "attributes" | "indices"> } | undefined {
  const refuse = (index: number, vertices: number): never => {
    throw new LoadError(path, invalidIndexReason(index, vertices), { format });
  };
  const arrays = readArrays(scene, primitive, isShared, refuse);
  if (arrays === undefined) return undefined;
  const { positions, attributes, indices } = arrays;
  const dropped = collapseInvalid(positions, indices, 3);
  for (const { array } of attributes.values()) {
    if (array instanceof Float32Array && array !== positions) replaceNonFinite(array);
  }
  if (!attributes.has("NORMAL")) {
    const { normals, sources } = analyzeSurface({ positions, indices }, { normals: true });
    for (const [name, { array, itemSize, ...rest }] of attributes) {
      attributes.set(name, { array: appendVertices(array, itemSize, sources), itemSize, ...rest });
    }
    attributes.set("NORMAL", { array: normals, itemSize: 3, normalized: false });
  }
  const surface = {
    positions: attributes.get("POSITION")?.array as Float32Array,
    normals: attributes.get("NORMAL")?.array as Float32Array,
    indices,
  };
  const made = makeSurfaceDetail(surface, drafts, report);
  return {
    surface: { dropped, detail: made?.detail },
    primitive: {
      attributes: Object.fromEntries(
        Array.from(attributes, ([name, values]) => [name, scene.addAccessor(values)]),
      ),
      ...(indices && {
        indices: scene.addAccessor({ array: made?.indices ?? indices, itemSize: 1, normalized: false }),
      }),
    },
  };
}

interface PrimitiveArrays {
  readonly positions: Float32Array;
  /** Including the positions. */
  readonly attributes: Map<string, AccessorValues>;
  /** Not shared with another primitive. */
  readonly indices: Uint32Array | undefined;
}

/**
 * Returns the arrays of a primitive. One that shares vertices with other primitives gets a copy of those that it uses: otherwise each of
 * a thousand materials would get normals for all vertices.
 *
 * @param refuse called for a vertex index that is out of range
 * @returns undefined if it is small, or has another layout
 */
function readArrays(
  { document, buffers }: SceneBuffers,
  { mode = TRIANGLES, targets, extensions, attributes, indices }: GltfPrimitive,
  isShared: (accessor: number) => boolean,
  refuse: (index: number, vertices: number) => never,
): PrimitiveArrays | undefined {
  const { accessors } = document;
  const corners = accessors?.[indices ?? attributes.POSITION ?? -1]?.count ?? 0;
  const isCopied = indices !== undefined && Object.values(attributes).some(isShared);
  const isPlain =
    mode === TRIANGLES &&
    targets === undefined &&
    extensions?.KHR_draco_mesh_compression === undefined &&
    [attributes.POSITION, attributes.NORMAL ?? attributes.POSITION].every(
      (accessor) => accessors?.[accessor ?? -1]?.componentType === FLOAT,
    ) &&
    !Object.keys(attributes).some((name) => name.startsWith("JOINTS_"));
  if (!isPlain || corners < 3 * (isCopied ? 1 : MIN_TRIANGLES)) return undefined;
  let list = indices === undefined ? undefined : readIndices(document, buffers, indices, isCopied);
  if (indices !== undefined && list === undefined) return undefined;
  const vertices = accessors?.[attributes.POSITION ?? -1]?.count ?? 0;
  const invalid = list && findInvalidIndex(list, vertices);
  if (invalid !== undefined) refuse(invalid, vertices);
  const used = isCopied && list !== undefined ? compactVertices(list) : undefined;
  list = used?.indices ?? list;
  const values = new Map<string, AccessorValues>();
  for (const [name, accessor] of Object.entries(attributes)) {
    const read = used
      ? gatherAccessor(document, buffers, accessor, used.vertices)
      : accessorValues(document, buffers, accessor);
    if (read === undefined) return undefined;
    values.set(name, read);
  }
  const positions = values.get("POSITION")?.array;
  return positions instanceof Float32Array ? { positions, attributes: values, indices: list } : undefined;
}

/** Returns the indices of a primitive, which can be changed in place. */
function readIndices(
  document: GltfDocument,
  buffers: readonly (ArrayBuffer | undefined)[],
  accessor: number,
  isCopied: boolean,
): Uint32Array | undefined {
  const list = accessorValues(document, buffers, accessor)?.array;
  const isInPlace = list instanceof Uint32Array && (isCopied || isExclusive(document, accessor));
  return isInPlace ? list : list && Uint32Array.from(list);
}

/** Whether no other accessor shares bytes with this one, so that its values can be changed in place. */
function isExclusive({ accessors = [], bufferViews = [] }: GltfDocument, index: number): boolean {
  const range = (accessor: GltfAccessor | undefined) => {
    const view = bufferViews[accessor?.bufferView ?? -1];
    if (accessor === undefined || view === undefined) return undefined;
    const start = (view.byteOffset ?? 0) + (accessor.byteOffset ?? 0);
    const stride = view.byteStride ?? elementBytes(accessor);
    return { buffer: view.buffer, start, end: start + stride * accessor.count };
  };
  const own = range(accessors[index]);
  return accessors.every((accessor, i) => {
    const other = i === index ? undefined : range(accessor);
    if (own === undefined || other === undefined || other.buffer !== own.buffer) return true;
    return other.end <= own.start || own.end <= other.start;
  });
}

/** A document to which accessors are added. */
class SceneBuffers {
  readonly document: GltfDocument;
  readonly buffers: (ArrayBuffer | undefined)[];
  readonly #numbers: Map<unknown, number>;

  constructor({ document, buffers }: GltfScene) {
    this.document = document;
    this.buffers = [...buffers];
    this.#numbers = new Map(buffers.map((buffer, i) => [buffer, i]));
  }

  /** @returns the number of the accessor */
  addAccessor({ array, itemSize, normalized }: AccessorValues): number {
    const { document } = this;
    document.bufferViews ??= [];
    document.accessors ??= [];
    const buffer = this.#addBuffer(array.buffer as ArrayBuffer);
    const { byteOffset, byteLength } = array;
    const bufferView = document.bufferViews.push({ buffer, byteOffset, byteLength }) - 1;
    const accessor = {
      bufferView,
      componentType: COMPONENT_TYPES[array.constructor.name] ?? FLOAT,
      count: array.length / itemSize,
      type: TYPES[itemSize] ?? "SCALAR",
      normalized,
    };
    return document.accessors.push(accessor) - 1;
  }

  #addBuffer(buffer: ArrayBuffer): number {
    const known = this.#numbers.get(buffer);
    if (known !== undefined) return known;
    const { document } = this;
    document.buffers ??= [];
    const number = this.buffers.push(buffer) - 1;
    document.buffers[number] = { byteLength: buffer.byteLength };
    this.#numbers.set(buffer, number);
    return number;
  }
}
