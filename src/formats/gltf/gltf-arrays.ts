import { componentBytes, elementBytes, elementSize } from "./gltf-accessors.ts";
import type { GltfDocument } from "./gltf-document.ts";

const ARRAY_TYPES = {
  5120: Int8Array,
  5121: Uint8Array,
  5122: Int16Array,
  5123: Uint16Array,
  5125: Uint32Array,
  5126: Float32Array,
} as const;

type GltfArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Uint32Array | Float32Array;

/** Values of an accessor, tightly packed. */
export interface AccessorValues {
  readonly array: GltfArray;
  /** Values per element, such as 3 for positions. */
  readonly itemSize: number;
  /** Whether integers stand for 0 to 1, or -1 to 1. */
  readonly normalized: boolean;
}

/**
 * Returns the values of an accessor as a view of its buffer, without a copy.
 *
 * @param document validated by `checkAccessors`
 * @returns undefined for an accessor that has another layout than GL's arrays: sparse, compressed, interleaved or not aligned
 */
export function accessorView(
  document: GltfDocument,
  buffers: readonly (ArrayBuffer | undefined)[],
  index: number,
): AccessorValues | undefined {
  const found = locate(document, buffers, index);
  if (found === undefined) return undefined;
  const { accessor, buffer, offset, stride } = found;
  const isTight = stride === elementBytes(accessor) && offset % componentBytes(accessor) === 0;
  if (!isTight) return undefined;
  const ArrayType = ARRAY_TYPES[accessor.componentType];
  const itemSize = elementSize(accessor);
  return {
    array: new ArrayType(buffer, offset, accessor.count * itemSize),
    itemSize,
    normalized: accessor.normalized === true,
  };
}

/** As {@link accessorView}, but copies the values of an interleaved accessor. @returns undefined if it is sparse or compressed */
export function accessorValues(
  document: GltfDocument,
  buffers: readonly (ArrayBuffer | undefined)[],
  index: number,
): AccessorValues | undefined {
  const view = accessorView(document, buffers, index);
  if (view !== undefined) return view;
  const count = document.accessors?.[index]?.count ?? 0;
  return gatherAccessor(
    document,
    buffers,
    index,
    Uint32Array.from({ length: count }, (_, i) => i),
  );
}

/** Copies the values of some vertices of an accessor. @returns undefined if it is sparse or compressed */
export function gatherAccessor(
  document: GltfDocument,
  buffers: readonly (ArrayBuffer | undefined)[],
  index: number,
  vertices: Uint32Array,
): AccessorValues | undefined {
  const found = locate(document, buffers, index);
  if (found === undefined) return undefined;
  const { accessor, buffer, offset, stride } = found;
  const itemSize = elementSize(accessor);
  const size = elementBytes(accessor);
  const bytes = new Uint8Array(vertices.length * size);
  for (const [i, vertex] of vertices.entries())
    bytes.set(new Uint8Array(buffer, offset + vertex * stride, size), i * size);
  const ArrayType = ARRAY_TYPES[accessor.componentType];
  return { array: new ArrayType(bytes.buffer), itemSize, normalized: accessor.normalized === true };
}

function locate(document: GltfDocument, buffers: readonly (ArrayBuffer | undefined)[], index: number) {
  const accessor = document.accessors?.[index];
  const view = document.bufferViews?.[accessor?.bufferView ?? -1];
  const buffer = buffers[view?.buffer ?? -1];
  if (accessor === undefined || view === undefined || buffer === undefined) return undefined;
  // A compressed view has other bytes. The columns of small matrices are padded.
  const isPlain = accessor.sparse === undefined && view.extensions === undefined && accessor.type[0] !== "M";
  if (!isPlain) return undefined;
  const offset = (view.byteOffset ?? 0) + (accessor.byteOffset ?? 0);
  return { accessor, buffer, offset, stride: view.byteStride ?? elementBytes(accessor) };
}
