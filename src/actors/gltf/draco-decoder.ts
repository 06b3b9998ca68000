import { readFileSync } from "node:fs";
import { BufferAttribute, BufferGeometry } from "three";
import wasmPath from "three/examples/jsm/libs/draco/gltf/draco_decoder.wasm" with { type: "file" };
import type {
  DracoDecoder,
  DracoGeometry,
  DracoModule,
} from "three/examples/jsm/libs/draco/gltf/draco_wasm_wrapper.js";
import { GltfError } from "../../formats/gltf/gltf-error.ts";

const ARRAY_TYPES = {
  Int8Array: [Int8Array, "DT_INT8"],
  Uint8Array: [Uint8Array, "DT_UINT8"],
  Int16Array: [Int16Array, "DT_INT16"],
  Uint16Array: [Uint16Array, "DT_UINT16"],
  Uint32Array: [Uint32Array, "DT_UINT32"],
  Float32Array: [Float32Array, "DT_FLOAT32"],
} as const;
type ArrayName = keyof typeof ARRAY_TYPES;

/**
 * Google's Draco decoder, with the methods of three.js's DRACOLoader that GLTFLoader calls. It decodes on the calling
 * thread; DRACOLoader would fetch scripts and start workers.
 */
export class DracoGeometryDecoder {
  #module: Promise<DracoModule> | undefined;

  /** Instantiates the decoder. GLTFLoader calls it. */
  preload(): void {
    this.#module ??= instantiate();
    // Prevents an unhandled rejection; decodeDracoFile() reports the error.
    this.#module.catch(() => {});
  }

  /**
   * @param attributeIds maps three.js's attribute name to Draco's unique id
   * @param attributeTypes maps three.js's attribute name to the name of its typed array
   */
  decodeDracoFile(
    buffer: ArrayBuffer,
    onDecoded: (geometry: BufferGeometry) => void,
    attributeIds: Readonly<Record<string, number>>,
    attributeTypes: Readonly<Record<string, string>>,
    _colorSpace: string,
    onError: (error: unknown) => void,
  ): void {
    this.preload();
    this.#module
      ?.then((draco) => onDecoded(decodeGeometry(draco, new Int8Array(buffer), attributeIds, attributeTypes)))
      .catch(onError);
  }
}

async function instantiate(): Promise<DracoModule> {
  const { default: create } = await import("three/examples/jsm/libs/draco/gltf/draco_wasm_wrapper.js");
  return create({ wasmBinary: new Uint8Array(readFileSync(wasmPath)) });
}

function decodeGeometry(
  draco: DracoModule,
  bytes: Int8Array,
  attributeIds: Readonly<Record<string, number>>,
  attributeTypes: Readonly<Record<string, string>>,
): BufferGeometry {
  const decoder = new draco.Decoder();
  const isMesh = decoder.GetEncodedGeometryType(bytes) === draco.TRIANGULAR_MESH;
  const source = isMesh ? new draco.Mesh() : new draco.PointCloud();
  try {
    const status = isMesh
      ? decoder.DecodeArrayToMesh(bytes, bytes.byteLength, source)
      : decoder.DecodeArrayToPointCloud(bytes, bytes.byteLength, source);
    if (!status.ok()) throw new GltfError("its Draco data are damaged or cut off");
    const geometry = new BufferGeometry();
    for (const [name, id] of Object.entries(attributeIds)) {
      const type = attributeTypes[name];
      if (type === undefined || !Object.hasOwn(ARRAY_TYPES, type)) continue;
      geometry.setAttribute(name, decodeAttribute(draco, decoder, source, id, type as ArrayName));
    }
    if (isMesh) geometry.setIndex(decodeIndex(draco, decoder, source));
    return geometry;
  } finally {
    draco.destroy(source);
    draco.destroy(decoder);
  }
}

function decodeAttribute(
  draco: DracoModule,
  decoder: DracoDecoder,
  source: DracoGeometry,
  id: number,
  type: ArrayName,
): BufferAttribute {
  const attribute = decoder.GetAttributeByUniqueId(source, id);
  if (draco.getPointer(attribute) === 0) throw new GltfError(`its Draco data have no attribute ${id}`);
  const [ArrayType, dracoType] = ARRAY_TYPES[type];
  const itemSize = attribute.num_components();
  const values = source.num_points() * itemSize;
  const bytes = values * ArrayType.BYTES_PER_ELEMENT;
  const pointer = draco._malloc(bytes);
  try {
    if (!decoder.GetAttributeDataArrayForAllPoints(source, attribute, draco[dracoType], bytes, pointer)) {
      throw new GltfError(`attribute ${id} of its Draco data cannot be decoded`);
    }
    return new BufferAttribute(new ArrayType(draco.HEAPF32.buffer, pointer, values).slice(), itemSize);
  } finally {
    draco._free(pointer);
  }
}

function decodeIndex(draco: DracoModule, decoder: DracoDecoder, source: DracoGeometry): BufferAttribute {
  const corners = source.num_faces() * 3;
  const pointer = draco._malloc(corners * 4);
  try {
    decoder.GetTrianglesUInt32Array(source, corners * 4, pointer);
    return new BufferAttribute(new Uint32Array(draco.HEAPF32.buffer, pointer, corners).slice(), 1);
  } finally {
    draco._free(pointer);
  }
}
