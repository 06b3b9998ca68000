import type { GltfParts } from "./samples.ts";

/** A document with a skinned, morphed and animated triangle, a sparse accessor, points, a camera and a light. */
export function richGltf(): GltfParts {
  const floats = new Float32Array([
    ...[0, 0, 0, 1, 0, 0, 0, 1, 0], // 0: positions
    ...[0, 0, 1, 0, 0, 1, 0, 0, 1], // 36: morph target
    ...[1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], // 72: weights
    ...[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], // 120: inverse bind matrix
    ...[0, 1], // 184: times
    ...[0, 1], // 192: morph weights
    ...[0, 0, 0, 1, 0, 0, 1, 0], // 200: rotations
    ...[5, 5, 5], // 232: sparse value
  ]);
  const body = Buffer.concat([Buffer.from(floats.buffer), Buffer.from([0, 0, 0, 0, 1, 0, 2, 0])]);
  const view = (byteOffset: number, byteLength: number): object => ({ buffer: 0, byteOffset, byteLength });
  const json = {
    asset: { version: "2.0" },
    extensionsUsed: ["KHR_lights_punctual", "KHR_materials_unlit", "KHR_texture_transform"],
    extensions: { KHR_lights_punctual: { lights: [{ type: "point", intensity: 3 }] } },
    scene: 0,
    scenes: [{ nodes: [0, 2, 3, 4] }],
    nodes: [
      { mesh: 0, skin: 0, children: [1] },
      { name: "joint", translation: [0, 1, 0] },
      { mesh: 1, scale: [2, 2, 2] },
      { camera: 0, matrix: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 9, 1] },
      { extensions: { KHR_lights_punctual: { light: 0 } } },
    ],
    cameras: [{ type: "perspective", perspective: { yfov: 1, znear: 0.1 } }],
    skins: [{ joints: [1], inverseBindMatrices: 3, skeleton: 1 }],
    meshes: [
      {
        primitives: [
          {
            attributes: { POSITION: 0, WEIGHTS_0: 2, JOINTS_0: 8 },
            targets: [{ POSITION: 1 }],
            indices: 7,
            material: 0,
          },
        ],
        weights: [0.5],
      },
      { primitives: [{ attributes: { POSITION: 6 }, mode: 0, material: 1 }] },
    ],
    materials: [
      { pbrMetallicRoughness: { baseColorFactor: [1, 0, 0, 1] }, alphaMode: "MASK", alphaCutoff: 0.5 },
      { extensions: { KHR_materials_unlit: {} }, doubleSided: true },
    ],
    animations: [
      {
        channels: [
          { sampler: 0, target: { node: 0, path: "weights" } },
          { sampler: 1, target: { node: 1, path: "rotation" } },
        ],
        samplers: [
          { input: 4, output: 5 },
          { input: 4, output: 9, interpolation: "STEP" },
        ],
      },
    ],
    accessors: [
      { bufferView: 0, componentType: 5126, count: 3, type: "VEC3", min: [0, 0, 0], max: [1, 1, 0] },
      { bufferView: 1, componentType: 5126, count: 3, type: "VEC3", min: [0, 0, 1], max: [0, 0, 1] },
      { bufferView: 2, componentType: 5126, count: 3, type: "VEC4" },
      { bufferView: 3, componentType: 5126, count: 1, type: "MAT4" },
      { bufferView: 4, componentType: 5126, count: 2, type: "SCALAR", min: [0], max: [1] },
      { bufferView: 5, componentType: 5126, count: 2, type: "SCALAR" },
      {
        componentType: 5126,
        count: 3,
        type: "VEC3",
        min: [0, 0, 0],
        max: [5, 5, 5],
        sparse: {
          count: 1,
          indices: { bufferView: 8, byteOffset: 4, componentType: 5123 },
          values: { bufferView: 7 },
        },
      },
      { bufferView: 8, byteOffset: 2, componentType: 5123, count: 3, type: "SCALAR" },
      { componentType: 5121, count: 3, type: "VEC4" },
      { bufferView: 6, componentType: 5126, count: 2, type: "VEC4" },
    ],
    bufferViews: [
      view(0, 36),
      view(36, 36),
      view(72, 48),
      view(120, 64),
      view(184, 8),
      view(192, 8),
      view(200, 32),
      view(232, 12),
      view(244, 8),
    ],
    buffers: [{ byteLength: body.byteLength }],
  };
  return { json, body };
}

/** Builds a glTF file with its buffer as a data URI. */
export function gltf({ json, body }: GltfParts): string {
  const [buffer] = Array.isArray(json.buffers) ? (json.buffers as unknown[]) : [];
  if (typeof buffer === "object" && buffer !== null && !("uri" in buffer)) {
    Object.assign(buffer, {
      uri: `data:application/octet-stream;base64,${Buffer.from(body).toString("base64")}`,
    });
  }
  return JSON.stringify(json, undefined, 1);
}
