import { PNG } from "pngjs";

type Point = readonly [number, number, number];

/** A cube of edge 2 about the origin: corners and quads, seen from outside counter-clockwise. */
export const CUBE_CORNERS: readonly Point[] = [
  [-1, -1, -1],
  [1, -1, -1],
  [1, 1, -1],
  [-1, 1, -1],
  [-1, -1, 1],
  [1, -1, 1],
  [1, 1, 1],
  [-1, 1, 1],
];
export const CUBE_QUADS: readonly (readonly [number, number, number, number])[] = [
  [3, 2, 1, 0],
  [4, 5, 6, 7],
  [0, 1, 5, 4],
  [2, 3, 7, 6],
  [1, 2, 6, 5],
  [3, 0, 4, 7],
];
export const CUBE_TRIANGLES: readonly Point[] = CUBE_QUADS.flatMap(([a, b, c, d]): Point[] => [
  [a, b, c],
  [a, c, d],
]);

export function cubeObj(extra = ""): string {
  const vertices = CUBE_CORNERS.map((p) => `v ${p.join(" ")}`);
  const faces = CUBE_QUADS.map((q) => `f ${q.map((i) => i + 1).join(" ")}`);
  return `${extra}${[...vertices, ...faces].join("\n")}\n`;
}

export function cubePlyAscii(): string {
  return [
    "ply",
    "format ascii 1.0",
    "comment made by a test",
    `element vertex ${CUBE_CORNERS.length}`,
    "property float x",
    "property float y",
    "property float z",
    "property uchar red",
    "property uchar green",
    "property uchar blue",
    `element face ${CUBE_TRIANGLES.length}`,
    "property list uchar int vertex_indices",
    "end_header",
    ...CUBE_CORNERS.map((p) => `${p.join(" ")} ${p.map((value) => (value > 0 ? 255 : 40)).join(" ")}`),
    ...CUBE_TRIANGLES.map((t) => `3 ${t.join(" ")}`),
    "",
  ].join("\n");
}

/** The cube as little-endian binary PLY, with positions only, and with faces unless `faces` is false. */
export function cubePlyBinary(faces = true, type: "float" | "double" = "float"): Uint8Array {
  const header = [
    "ply",
    "format binary_little_endian 1.0",
    `element vertex ${CUBE_CORNERS.length}`,
    ...["x", "y", "z"].map((axis) => `property ${type} ${axis}`),
    ...(faces ? [`element face ${CUBE_TRIANGLES.length}`, "property list uchar int vertex_indices"] : []),
    "end_header",
    "",
  ].join("\n");
  const valueBytes = type === "float" ? 4 : 8;
  const vertices = Buffer.alloc(CUBE_CORNERS.length * 3 * valueBytes);
  for (const [i, value] of CUBE_CORNERS.flat().entries()) {
    if (type === "float") vertices.writeFloatLE(value, 4 * i);
    else vertices.writeDoubleLE(value, 8 * i);
  }
  const triangles = Buffer.alloc(faces ? CUBE_TRIANGLES.length * 13 : 0);
  for (const [i, triangle] of (faces ? CUBE_TRIANGLES : []).entries()) {
    triangles.writeUInt8(3, 13 * i);
    for (const [k, index] of triangle.entries()) triangles.writeInt32LE(index, 13 * i + 1 + 4 * k);
  }
  return Buffer.concat([Buffer.from(header), vertices, triangles]);
}

export function cubeStlAscii(): string {
  const facets = CUBE_TRIANGLES.map((triangle) => {
    const corners = triangle.map((i) => `      vertex ${CUBE_CORNERS[i]?.join(" ")}`);
    return ["  facet normal 0 0 0", "    outer loop", ...corners, "    endloop", "  endfacet"].join("\n");
  });
  return `solid cube\n${facets.join("\n")}\nendsolid cube\n`;
}

/** @param header up to 80 characters, for example "solid …", which must not be detected as ASCII */
export function cubeStlBinary(header = "binary"): Uint8Array {
  const bytes = Buffer.alloc(84 + 50 * CUBE_TRIANGLES.length);
  bytes.write(header, "latin1");
  bytes.writeUInt32LE(CUBE_TRIANGLES.length, 80);
  for (const [i, triangle] of CUBE_TRIANGLES.entries()) {
    const values = triangle.flatMap((corner) => [...(CUBE_CORNERS[corner] ?? [])]);
    for (const [k, value] of values.entries()) bytes.writeFloatLE(value, 84 + 50 * i + 12 + 4 * k);
  }
  return bytes;
}

/** Red and green above blue and white. */
export const CHECKER_COLORS = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
] as const;

/** A PNG of 2 x 2 squares in these colors, each `square` px wide. */
export function checkerPng(square = 8): Uint8Array {
  const png = new PNG({ width: 2 * square, height: 2 * square });
  for (let y = 0; y < png.height; y += 1) {
    for (let x = 0; x < png.width; x += 1) {
      const color = CHECKER_COLORS[(y >= square ? 2 : 0) + (x >= square ? 1 : 0)] ?? [];
      png.data.set([...color, 255], (y * png.width + x) * 4);
    }
  }
  return PNG.sync.write(png);
}

export interface GltfParts {
  json: Record<string, unknown>;
  body: Uint8Array;
}

/**
 * A unit quad in the x-y plane with the checker as emissive texture on a black material, which makes it unlit, and an
 * animation that moves it from x = 0 to x = 2 and back in 2 seconds. Texture coordinates start at the top left.
 */
export function texturedQuad(png: Uint8Array = checkerPng()): GltfParts {
  const pieces: Uint8Array[] = [];
  const views: { buffer: number; byteOffset: number; byteLength: number }[] = [];
  let offset = 0;
  const push = (bytes: Uint8Array): number => {
    const padded = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
    padded.set(bytes);
    pieces.push(padded);
    views.push({ buffer: 0, byteOffset: offset, byteLength: bytes.byteLength });
    offset += padded.byteLength;
    return views.length - 1;
  };
  const floats = (...values: number[]): number => push(new Uint8Array(new Float32Array(values).buffer));
  const position = floats(-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0);
  const uv = floats(0, 1, 1, 1, 1, 0, 0, 0);
  const index = push(new Uint8Array(new Uint16Array([0, 1, 2, 0, 2, 3]).buffer));
  const times = floats(0, 1, 2);
  const positions = floats(0, 0, 0, 2, 0, 0, 0, 0, 0);
  const image = push(png);
  const json = {
    asset: { version: "2.0" },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, name: "quad" }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0, TEXCOORD_0: 1 }, indices: 2, material: 0 }] }],
    materials: [
      {
        pbrMetallicRoughness: { baseColorFactor: [0, 0, 0, 1], metallicFactor: 0, roughnessFactor: 1 },
        emissiveFactor: [1, 1, 1],
        emissiveTexture: { index: 0 },
      },
    ],
    textures: [{ source: 0, sampler: 0 }],
    samplers: [{ magFilter: 9728, minFilter: 9728 }],
    images: [{ bufferView: image, mimeType: "image/png" }],
    accessors: [
      { bufferView: position, componentType: 5126, count: 4, type: "VEC3", min: [-1, -1, 0], max: [1, 1, 0] },
      { bufferView: uv, componentType: 5126, count: 4, type: "VEC2" },
      { bufferView: index, componentType: 5123, count: 6, type: "SCALAR" },
      { bufferView: times, componentType: 5126, count: 3, type: "SCALAR", min: [0], max: [2] },
      { bufferView: positions, componentType: 5126, count: 3, type: "VEC3" },
    ],
    animations: [
      {
        channels: [{ sampler: 0, target: { node: 0, path: "translation" } }],
        samplers: [{ input: 3, output: 4, interpolation: "LINEAR" }],
      },
    ],
    bufferViews: views,
    buffers: [{ byteLength: offset }],
  };
  return { json, body: Buffer.concat(pieces) };
}

export function glb({ json, body }: GltfParts): Uint8Array {
  const text = Buffer.from(JSON.stringify(json));
  const jsonBytes = Math.ceil(text.byteLength / 4) * 4;
  const total = 12 + 8 + jsonBytes + 8 + body.byteLength;
  const bytes = Buffer.alloc(total, 0x20);
  bytes.write("glTF", "latin1");
  bytes.writeUInt32LE(2, 4);
  bytes.writeUInt32LE(total, 8);
  bytes.writeUInt32LE(jsonBytes, 12);
  bytes.write("JSON", 16, "latin1");
  text.copy(bytes, 20);
  bytes.writeUInt32LE(body.byteLength, 20 + jsonBytes);
  bytes.write("BIN\0", 24 + jsonBytes, "latin1");
  bytes.set(body, 28 + jsonBytes);
  return bytes;
}
