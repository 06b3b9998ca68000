import { formatBytes } from "../load-error.ts";
import type { GltfAccessor, GltfBufferView, GltfDocument } from "./gltf-document.ts";
import { element, GltfError } from "./gltf-error.ts";

/** Limit for accessors that allocate memory beyond their buffer views: those without a view (all zeros), and sparse ones. */
const MAX_ZERO_BYTES = 256 * 2 ** 20;

const COMPONENT_BYTES: Readonly<Record<number, number>> = {
  5120: 1,
  5121: 1,
  5122: 2,
  5123: 2,
  5125: 4,
  5126: 4,
};
const TYPE_SIZES: Readonly<Record<GltfAccessor["type"], number>> = {
  SCALAR: 1,
  VEC2: 2,
  VEC3: 3,
  VEC4: 4,
  MAT2: 4,
  MAT3: 9,
  MAT4: 16,
};

interface Meshopt {
  buffer?: number;
  byteOffset?: number;
  byteLength?: number;
}

/**
 * Checks that all buffer views lie within their buffers, and all accessors within their buffer views.
 *
 * @param bufferBytes the actual size of each buffer, undefined for one without bytes (a meshopt fallback)
 * @throws GltfError
 */
export function checkAccessors(document: GltfDocument, bufferBytes: readonly (number | undefined)[]): void {
  for (const [i, view] of (document.bufferViews ?? []).entries()) checkView(i, view, bufferBytes);
  let zeroBytes = 0;
  for (const [i, accessor] of (document.accessors ?? []).entries()) {
    zeroBytes += checkAccessor(i, accessor, document);
  }
  if (zeroBytes > MAX_ZERO_BYTES) {
    throw new GltfError(`its accessors without data declare ${formatBytes(zeroBytes)}: the file is damaged`);
  }
}

/**
 * Size of a buffer view, padded as three.js's GLTFLoader requires. It reads interleaved accessors in whole strides,
 * although the last element can be shorter than the stride (glTF 2.0, section 3.6.2.4).
 */
export function paddedViewBytes(document: GltfDocument, index: number): number {
  const { byteLength, byteStride = 0 } = document.bufferViews?.[index] ?? { byteLength: 0 };
  let bytes = byteLength;
  for (const { bufferView, byteOffset = 0, count } of byteStride > 0 ? (document.accessors ?? []) : []) {
    if (bufferView !== index) continue;
    bytes = Math.max(bytes, (Math.floor(byteOffset / byteStride) + count) * byteStride);
  }
  return bytes;
}

/** Number of values of one element of an accessor. */
export function elementSize({ type }: GltfAccessor): number {
  return TYPE_SIZES[type];
}

/** Size of one value of an accessor, bytes. */
export function componentBytes({ componentType }: GltfAccessor): number {
  return COMPONENT_BYTES[componentType] ?? 4;
}

/** Size of one element of an accessor, bytes. */
export function elementBytes(accessor: GltfAccessor): number {
  return componentBytes(accessor) * elementSize(accessor);
}

function checkView(i: number, view: GltfBufferView, bufferBytes: readonly (number | undefined)[]): void {
  const compression = Object.entries(view.extensions ?? {}).find(([name]) =>
    name.endsWith("_meshopt_compression"),
  )?.[1] as Meshopt | undefined;
  if (compression) {
    // The decoded size is allocated before decoding. The best compression ratio of meshopt is about 50:1.
    const total = bufferBytes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
    if (view.byteLength > total * 100) {
      throw new GltfError(`buffer view ${i} declares ${formatBytes(view.byteLength)}: the file is damaged`);
    }
    checkRange(i, compression, bufferBytes);
    return;
  }
  checkRange(i, view, bufferBytes);
}

function checkRange(i: number, range: Meshopt, bufferBytes: readonly (number | undefined)[]): void {
  const buffer = bufferBytes[range.buffer ?? -1];
  if (buffer === undefined) {
    throw new GltfError(`buffer view ${i} uses buffer ${range.buffer}, which does not exist`);
  }
  const end = (range.byteOffset ?? 0) + (range.byteLength ?? Number.NaN);
  if (!(end <= buffer)) {
    throw new GltfError(
      `buffer view ${i} ends at byte ${end} of a buffer of ${buffer} bytes: the file is cut off or damaged`,
    );
  }
}

/** @returns the number of bytes that GLTFLoader allocates for the accessor in addition to its buffer view */
function checkAccessor(i: number, accessor: GltfAccessor, document: GltfDocument): number {
  const { bufferView, byteOffset = 0, componentType, count, sparse } = accessor;
  const size = elementBytes(accessor);
  if (sparse !== undefined) checkSparse(i, accessor, document);
  if (bufferView === undefined) return size * count;
  const view = element(document.bufferViews, bufferView, `accessor ${i}`, "buffer view");
  const stride = view.byteStride ?? size;
  const component = COMPONENT_BYTES[componentType] ?? 4;
  if (stride < size || stride % component !== 0) {
    throw new GltfError(
      `accessor ${i} has values of ${size} bytes, but its buffer view a byteStride of ${stride}: the file is damaged`,
    );
  }
  checkAlignment(`accessor ${i}`, byteOffset, component);
  checkFits(`accessor ${i}`, { byteOffset, count, stride, size }, view);
  return sparse === undefined ? 0 : size * count;
}

function checkSparse(i: number, accessor: GltfAccessor, document: GltfDocument): void {
  const { sparse, count, componentType } = accessor;
  if (sparse === undefined) return;
  if (sparse.count > count) throw new GltfError(`accessor ${i} has more sparse values than values`);
  const size = elementBytes(accessor);
  if (TYPE_SIZES[accessor.type] > 4)
    throw new GltfError(`accessor ${i} has sparse matrices, which are not supported`);
  const parts = [
    {
      name: "indices",
      part: sparse.indices,
      type: sparse.indices.componentType,
      size: COMPONENT_BYTES[sparse.indices.componentType] ?? 4,
    },
    { name: "values", part: sparse.values, type: componentType, size },
  ];
  for (const { name, part, type, size: bytes } of parts) {
    const referrer = `accessor ${i} (sparse ${name})`;
    const view = element(document.bufferViews, part.bufferView, referrer, "buffer view");
    const byteOffset = part.byteOffset ?? 0;
    checkAlignment(referrer, byteOffset, COMPONENT_BYTES[type] ?? 4);
    checkFits(referrer, { byteOffset, count: sparse.count, stride: bytes, size: bytes }, view);
  }
}

function checkAlignment(referrer: string, byteOffset: number, component: number): void {
  if (byteOffset % component === 0) return;
  throw new GltfError(
    `${referrer} starts at byte ${byteOffset}, which is not a multiple of its component size, ${component} bytes: the file is damaged; export it again`,
  );
}

function checkFits(
  referrer: string,
  { byteOffset, count, stride, size }: { byteOffset: number; count: number; stride: number; size: number },
  view: GltfBufferView,
): void {
  const end = count === 0 ? 0 : byteOffset + (count - 1) * stride + size;
  if (end > view.byteLength) {
    throw new GltfError(
      `${referrer} declares ${count} values, which end at byte ${end} of a buffer view of ${view.byteLength} bytes: the file is damaged`,
    );
  }
}
