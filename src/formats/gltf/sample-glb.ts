import type { SampledFile } from "../sampled-file.ts";
import { BIN_CHUNK, HEADER_BYTES } from "./glb-container.ts";
import { parseGltfDocument } from "./gltf-document.ts";
import { checkNodes } from "./gltf-nodes.ts";
import { applyTransform, placedMeshes } from "./gltf-transforms.ts";

/** Maximum size of the JSON of a file that is sampled, bytes: 4 MB are parsed in 50 ms. */
const MAX_JSON_BYTES = 4_000_000;

/** Maximum number of primitives that are sampled, the largest ones: each takes up to 0.4 s. */
const MAX_PRIMITIVES = 4;

const FLOAT = 5126;
const POSITION_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

/**
 * Samples the vertices of the largest primitives of a GLB file, in their places in the scene. Returns an empty list for a file whose
 * vertices are compressed, quantized or in other files.
 */
export function sampleGlb(path: string, file: SampledFile): number[] {
  const head = viewOf(file.head());
  const jsonBytes = head.getUint32(12, true);
  if (jsonBytes > MAX_JSON_BYTES) return [];
  const binStart = HEADER_BYTES + jsonBytes + CHUNK_HEADER_BYTES;
  const chunk = viewOf(file.read(binStart - CHUNK_HEADER_BYTES, CHUNK_HEADER_BYTES));
  if (chunk.byteLength < CHUNK_HEADER_BYTES || chunk.getUint32(4, true) !== BIN_CHUNK) return [];
  const document = parseGltfDocument(path, "GLB", file.read(HEADER_BYTES, jsonBytes));
  checkNodes(document);
  const { accessors = [], bufferViews = [], buffers = [], meshes = [] } = document;
  const sampled = placedMeshes(document).flatMap(({ mesh, transform }) =>
    (meshes[mesh]?.primitives ?? []).flatMap(({ attributes, extensions }) => {
      const accessor = accessors[attributes.POSITION ?? -1];
      const view = bufferViews[accessor?.bufferView ?? -1];
      const isPlain =
        accessor?.componentType === FLOAT && accessor.sparse === undefined && extensions === undefined;
      const isHere = view?.buffer === 0 && buffers[0]?.uri === undefined && view.extensions === undefined;
      if (accessor === undefined || view === undefined || !isPlain || !isHere) return [];
      const start = binStart + (view.byteOffset ?? 0) + (accessor.byteOffset ?? 0);
      return {
        start,
        stride: Math.max(POSITION_BYTES, view.byteStride ?? 0),
        count: accessor.count,
        transform,
      };
    }),
  );
  return sampled
    .sort((a, b) => b.count - a.count)
    .slice(0, MAX_PRIMITIVES)
    .flatMap(({ start, stride, count, transform }) =>
      file.sampleRecords(start, stride, count, (record) =>
        applyTransform(transform, [
          record.getFloat32(0, true),
          record.getFloat32(4, true),
          record.getFloat32(8, true),
        ]),
      ),
    );
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
