import { formatBytes, quote } from "./load-error.ts";

/** The parts of a glTF 2.0 document that decide how much memory and time it takes to load. */
export interface GltfDocument {
  asset?: { version?: unknown };
  scene?: number;
  scenes?: { nodes?: number[] }[];
  nodes?: { children?: number[]; name?: string }[];
  buffers?: { uri?: string; byteLength?: number; extensions?: Record<string, unknown> }[];
  bufferViews?: {
    buffer?: number;
    byteOffset?: number;
    byteLength?: number;
    byteStride?: number;
    extensions?: Record<string, unknown>;
  }[];
  accessors?: {
    bufferView?: number;
    byteOffset?: number;
    componentType?: number;
    count?: number;
    type?: string;
    sparse?: { count?: number };
  }[];
  images?: { uri?: string; bufferView?: number; name?: string }[];
  textures?: { source?: number; sampler?: number; name?: string; extensions?: Record<string, unknown> }[];
  samplers?: { magFilter?: number; minFilter?: number; wrapS?: number; wrapT?: number }[];
  extensionsUsed?: string[];
  extensionsRequired?: string[];
}

const MAX_NODE_DEPTH = 500;
/** For accessors without bytes of their own (all zero, or sparse): what they may make us allocate. */
const MAX_ZERO_BYTES = 256 * 2 ** 20;

const COMPONENT_BYTES: Readonly<Record<number, number>> = {
  5120: 1,
  5121: 1,
  5122: 2,
  5123: 2,
  5125: 4,
  5126: 4,
};
const TYPE_SIZES: Readonly<Record<string, number>> = {
  SCALAR: 1,
  VEC2: 2,
  VEC3: 3,
  VEC4: 4,
  MAT2: 4,
  MAT3: 9,
  MAT4: 16,
};

/** Compressions that need a decoder which is not here, and what to do about them. */
const UNREADABLE: Readonly<Record<string, string>> = {
  KHR_draco_mesh_compression: "save it without Draco compression (gltf-transform copy)",
  KHR_texture_basisu: "save its textures as PNG or JPEG",
  EXT_texture_webp: "save its textures as PNG or JPEG",
  EXT_texture_avif: "save its textures as PNG or JPEG",
};

/** Extensions that three's GLTFLoader reads by itself or can do without. */
const READABLE = new Set([
  "KHR_binary_glTF",
  "KHR_lights_punctual",
  "KHR_mesh_quantization",
  "KHR_texture_transform",
  "EXT_mesh_gpu_instancing",
  "EXT_meshopt_compression",
  "KHR_meshopt_compression",
]);

/**
 * Checks everything in a document that could make the loader hang or allocate without bound, before it runs: the
 * sizes of accessors and views against the bytes that are there, and that the nodes are a forest (the loader's
 * promises wait for each other for ever on a cycle).
 *
 * @param bufferBytes the size of each buffer as it is, undefined where a buffer has no bytes (a meshopt fallback)
 * @throws Error with a message for people, naming the element
 */
export function checkGltf(document: GltfDocument, bufferBytes: readonly (number | undefined)[]): void {
  for (const name of document.extensionsRequired ?? []) {
    const advice = Object.hasOwn(UNREADABLE, name) ? UNREADABLE[name] : undefined;
    if (advice !== undefined)
      throw new Error(`it needs the glTF extension ${name}, which cannot be read; ${advice}`);
    if (!READABLE.has(name) && !/^KHR_materials_/.test(name)) {
      throw new Error(`it needs the glTF extension ${quote(name)}, which cannot be read`);
    }
  }
  if ((document.extensionsUsed ?? []).includes("KHR_draco_mesh_compression")) {
    throw new Error(
      `it uses the glTF extension KHR_draco_mesh_compression, which cannot be read; ${UNREADABLE.KHR_draco_mesh_compression}`,
    );
  }
  for (const [i, view] of (document.bufferViews ?? []).entries()) checkView(i, view, bufferBytes);
  let zeroBytes = 0;
  for (const [i, accessor] of (document.accessors ?? []).entries())
    zeroBytes += checkAccessor(i, accessor, document);
  if (zeroBytes > MAX_ZERO_BYTES) {
    throw new Error(`its accessors without data declare ${formatBytes(zeroBytes)}: the file is damaged`);
  }
  checkNodes(document);
}

function checkView(
  i: number,
  view: NonNullable<GltfDocument["bufferViews"]>[number],
  bufferBytes: readonly (number | undefined)[],
): void {
  const compressed = Object.keys(view.extensions ?? {}).some((name) => name.endsWith("_meshopt_compression"));
  if (compressed) {
    // The decoded size is allocated before decoding; meshopt reaches 1:50 at the very most.
    const count = naturalNumber(view.byteLength) ?? Number.POSITIVE_INFINITY;
    const total = bufferBytes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
    if (count > total * 100)
      throw new Error(`buffer view ${i} declares ${formatBytes(count)}: the file is damaged`);
    return;
  }
  const buffer = bufferBytes[view.buffer ?? -1];
  if (buffer === undefined)
    throw new Error(`buffer view ${i} uses buffer ${view.buffer}, which is not there`);
  const offset = naturalNumber(view.byteOffset ?? 0);
  const length = naturalNumber(view.byteLength);
  if (offset === undefined || length === undefined || offset + length > buffer) {
    throw new Error(
      `buffer view ${i} ends at byte ${(view.byteOffset ?? 0) + (view.byteLength ?? 0)} of a buffer of ${buffer} bytes: the file is cut off or damaged`,
    );
  }
}

/** @returns the bytes that the accessor allocates beyond those of its view */
function checkAccessor(
  i: number,
  accessor: NonNullable<GltfDocument["accessors"]>[number],
  document: GltfDocument,
): number {
  const component = COMPONENT_BYTES[accessor.componentType ?? 0];
  const items = TYPE_SIZES[accessor.type ?? ""];
  const count = naturalNumber(accessor.count);
  if (component === undefined || items === undefined || count === undefined) {
    throw new Error(`accessor ${i} has no valid type, component type or count`);
  }
  const size = component * items;
  const sparse = naturalNumber(accessor.sparse?.count ?? 0);
  if (sparse === undefined || sparse > count)
    throw new Error(`accessor ${i} has more sparse values than values`);
  if (accessor.bufferView === undefined) return size * count;
  const view = document.bufferViews?.[accessor.bufferView];
  if (view === undefined)
    throw new Error(`accessor ${i} uses buffer view ${accessor.bufferView}, which is not there`);
  const offset = naturalNumber(accessor.byteOffset ?? 0);
  const stride = naturalNumber(view.byteStride ?? 0);
  if (offset === undefined || stride === undefined)
    throw new Error(`accessor ${i} has no valid offset or stride`);
  const end = count === 0 ? 0 : offset + (count - 1) * (stride || size) + size;
  if (end > (view.byteLength ?? 0)) {
    throw new Error(
      `accessor ${i} declares ${count} values, which end at byte ${end} of a buffer view of ${view.byteLength} bytes: the file is damaged`,
    );
  }
  return accessor.sparse === undefined ? 0 : size * count;
}

function checkNodes({ nodes = [], scenes = [] }: GltfDocument): void {
  const parents = new Int32Array(nodes.length).fill(-1);
  for (const [i, node] of nodes.entries()) {
    for (const child of node.children ?? []) {
      if (nodes[child] === undefined)
        throw new Error(`node ${i} has node ${child} as a child, which is not there`);
      if (parents[child] !== -1)
        throw new Error(`node ${child} is a child of two nodes: glTF nodes must be a tree`);
      parents[child] = i;
    }
  }
  const depths = new Int32Array(nodes.length);
  for (let start = 0; start < nodes.length; start += 1) {
    const path: number[] = [];
    for (let node = start; node !== -1 && depths[node] === 0; node = parents[node] ?? -1) {
      path.push(node);
      if (path.length > MAX_NODE_DEPTH) {
        throw new Error(
          `nodes lie in each other more than ${MAX_NODE_DEPTH} deep, or in a circle, at node ${start}`,
        );
      }
    }
    for (const node of path.reverse()) {
      const depth = (depths[parents[node] ?? -1] ?? 0) + 1;
      if (depth > MAX_NODE_DEPTH) throw new Error(`nodes lie in each other more than ${MAX_NODE_DEPTH} deep`);
      depths[node] = depth;
    }
  }
  for (const [i, scene] of scenes.entries()) {
    for (const node of scene.nodes ?? []) {
      if (nodes[node] === undefined) throw new Error(`scene ${i} shows node ${node}, which is not there`);
    }
  }
}

function naturalNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
