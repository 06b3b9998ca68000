import { randomNumbers } from "../support/random.ts";
import { file3mf, model, tetrahedron } from "./3mf/build-3mf.ts";
import { MOLECULE_SAMPLES } from "./molecules/mutant-samples.ts";
import { type PlySampleElement, plyFile } from "./ply-builder.ts";
import { POINT_SAMPLES } from "./points/mutant-samples.ts";
import {
  checkerPng,
  cubeObj,
  cubePlyAscii,
  cubePlyBinary,
  cubeStlAscii,
  cubeStlBinary,
  type GltfParts,
  glb,
  texturedQuad,
} from "./samples.ts";
import { STREAMLINE_SAMPLES } from "./streamlines/mutant-samples.ts";
import { SURFACE_SAMPLES } from "./surfaces/mutant-samples.ts";
import { VOLUME_SAMPLES } from "./volumes/mutant-samples.ts";
import {
  binaryLegacy,
  LEGACY_51,
  LEGACY_IMAGE,
  LEGACY_POLYDATA,
  LEGACY_TETRAHEDRA,
} from "./vtk/legacy-samples.ts";
import { XML_SAMPLES } from "./vtk/xml-samples.ts";

export const MUTANT_FORMATS = [
  "obj",
  "ply",
  "stl",
  "off",
  "3mf",
  "glb",
  "gltf",
  "trk",
  "tck",
  "vtu",
  "vtk",
  ...keysOf(STREAMLINE_SAMPLES),
  ...keysOf(VOLUME_SAMPLES),
  ...keysOf(SURFACE_SAMPLES),
  ...keysOf(POINT_SAMPLES),
] as const;
export type MutantFormat = (typeof MUTANT_FORMATS)[number];

/** Files that mutants can refer to, by name. */
export const SIBLING_FILES: Readonly<Record<string, string | Uint8Array>> = {
  "sample.mtl": "newmtl red\nKd 1 0 0\nmap_Kd sample.png\nnewmtl clear\nd 0.5\nillum 4\n",
  "sample.png": checkerPng(2),
};

type Random = (below: number) => number;

/** Makes a damaged file. The same seed gives the same file. */
export function mutant(format: MutantFormat, seed: number): Uint8Array {
  const random = randomBelow(seed);
  const samples = SAMPLES[format]();
  const sample = samples[seed % samples.length];
  if (sample === undefined) throw new Error(`no sample of ${format}`);
  return sample(random);
}

function randomBelow(seed: number): Random {
  const random = randomNumbers(Math.imul(seed + 1, 0x9e3779b1));
  return (limit) => Math.floor(random() * limit);
}

const SAMPLE_3MF = model(
  `<basematerials id="5"><base name="a" displaycolor="#FF0000"/></basematerials>
<object id="1" pid="5" pindex="0">${tetrahedron(['p1="0"'])}</object>
<object id="2"><components><component objectid="1" transform="0 1 0 -1 0 0 0 0 1 5 0 0"/></components></object>`,
  '<item objectid="2" transform="2 0 0 0 2 0 0 0 2 0 0 1"/><item objectid="1"/>',
);

const CUBE_OFF = `COFF
# counts
8 6 12
${["000", "100", "110", "010", "001", "101", "111", "011"].map((corner) => `${[...corner].join(" ")} 255 128.5 0 255`).join("\n")}
4 0 3 2 1
4 4 5 6 7
4 0 1 5 4
4 1 2 6 5
4 2 3 7 6
4 3 0 4 7
`;

type Maker = (random: Random) => Uint8Array;

const text =
  (sample: string): Maker =>
  (random) =>
    mutateText(sample, random);
const binary =
  (sample: Uint8Array): Maker =>
  (random) =>
    mutateBytes(sample, random);

const SAMPLES: Readonly<Record<MutantFormat, () => Maker[]>> = {
  obj: () => [text(cubeObj()), text(RICH_OBJ), binary(Buffer.from(RICH_OBJ))],
  "3mf": () => [
    binary(file3mf(SAMPLE_3MF)),
    (random) => file3mf(Buffer.from(text(SAMPLE_3MF)(random)).toString("latin1")),
  ],
  off: () => [text(CUBE_OFF), text(CUBE_OFF.replace("COFF", "OFF").replace("# counts\n", ""))],
  ply: () => [
    text(cubePlyAscii()),
    binary(cubePlyBinary()),
    text(plyFile(RICH_PLY, { comments: ["TextureFile sample.png"] }).toString("latin1")),
    binary(plyFile(RICH_PLY, { encoding: "binary_little_endian" })),
    binary(plyFile(RICH_PLY, { encoding: "binary_big_endian", newline: "\r\n" })),
  ],
  stl: () => [
    text(cubeStlAscii()),
    binary(cubeStlBinary()),
    binary(cubeStlBinary("COLOR=\xff\x80\x00\xff, Magics")),
    binary(Buffer.from(cubeStlAscii())),
  ],
  glb: () => [
    binary(glb(texturedQuad())),
    (random) => glb(mutateDocument(texturedQuad(), random)),
    (random) => glb(mutateDocument(richGltf(), random)),
    (random) => {
      const { json, body } = richGltf();
      return glb({ json, body: mutateInPlace(body, random) });
    },
  ],
  gltf: () => [
    (random) => Buffer.from(gltf(mutateDocument(richGltf(), random))),
    (random) => Buffer.from(gltf(mutateDocument(texturedQuad(), random))),
    (random) => mutateText(gltf(richGltf()), random),
  ],
  vtu: () => XML_SAMPLES.flatMap((sample) => [text(sample().toString("latin1")), binary(sample())]),
  vtk: () => [
    text(LEGACY_POLYDATA),
    text(LEGACY_TETRAHEDRA),
    text(LEGACY_51),
    text(LEGACY_IMAGE),
    binary(binaryLegacy()),
  ],
  ...makersOf(STREAMLINE_SAMPLES),
  ...makersOf(VOLUME_SAMPLES),
  ...makersOf(SURFACE_SAMPLES),
  ...makersOf(MOLECULE_SAMPLES),
  ...makersOf(POINT_SAMPLES),
};

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record) as Key[];
}

function makersOf<Key extends string>(
  samples: Readonly<Record<Key, readonly (string | Uint8Array)[]>>,
): Record<Key, () => Maker[]> {
  const makers = (key: Key): Maker[] =>
    samples[key].map((sample) => (typeof sample === "string" ? text(sample) : binary(sample)));
  const entries = keysOf(samples).map((key) => [key, () => makers(key)] as const);
  return Object.fromEntries(entries) as Record<Key, () => Maker[]>;
}

const NUMBERS = [
  ...["0", "-1", "1", "2147483647", "-2147483648", "4294967295", "9007199254740993", "1e9", "1e39", "-1e400"],
  ...["nan", "inf", "-0", "0.5", "1e-320", "", "x", "0x10", "1,5", "3 3 3", "65536", "255"],
];

function mutateText(sample: string, random: Random): Uint8Array {
  let text = sample;
  for (let remaining = 1 + random(4); remaining > 0; remaining -= 1) {
    const lines = text.split("\n");
    const line = random(lines.length);
    switch (random(8)) {
      case 0:
        lines.splice(line, 1 + random(3));
        break;
      case 1:
        lines.splice(line, 0, ...lines.slice(line, line + 1 + random(4)));
        break;
      case 2:
        lines.splice(line, 0, lines[random(lines.length)] ?? "");
        break;
      case 3:
        lines.length = Math.max(1, line);
        break;
      case 4:
        return mutateBytes(Buffer.from(lines.join("\n"), "latin1"), random);
      default: {
        const numbers = [...text.matchAll(/-?\d[\d.e+-]*/g)];
        const match = numbers[random(numbers.length)];
        if (match === undefined) break;
        const other = NUMBERS[random(NUMBERS.length)] ?? "";
        text = text.slice(0, match.index) + other + text.slice(match.index + match[0].length);
        continue;
      }
    }
    text = lines.join("\n");
  }
  return Buffer.from(text, "latin1");
}

const WORDS = [0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fc00000, 0x7f800000, 0x7f7fffff, 0x10000];

/** Damages bytes without changing their length. */
function mutateInPlace(sample: Uint8Array, random: Random): Uint8Array {
  const bytes = Buffer.from(sample);
  for (let remaining = 1 + random(4); remaining > 0 && bytes.byteLength >= 8; remaining -= 1) {
    const offset = random(bytes.byteLength);
    const word = WORDS[random(WORDS.length)] ?? 0;
    switch (random(4)) {
      case 0:
        bytes[offset] = (bytes[offset] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        bytes[offset] = random(256);
        break;
      case 2:
        bytes.writeUInt32LE(word, Math.min(offset, bytes.byteLength - 4));
        break;
      default:
        bytes.writeUInt32BE(word, Math.min(offset, bytes.byteLength - 4));
    }
  }
  return bytes;
}

function mutateBytes(sample: Uint8Array, random: Random): Uint8Array {
  let bytes = Buffer.from(sample);
  for (let remaining = 1 + random(3); remaining > 0; remaining -= 1) {
    const offset = random(bytes.byteLength);
    const length = 1 + random(random(2) === 0 ? 8 : 200);
    switch (random(8)) {
      case 0:
        bytes = bytes.subarray(0, offset);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, offset), bytes.subarray(offset + length)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, offset + length), bytes.subarray(offset)]);
        break;
      case 3:
        bytes = Buffer.concat([
          bytes.subarray(0, offset),
          Buffer.alloc(length, random(256)),
          bytes.subarray(offset),
        ]);
        break;
      default:
        bytes = Buffer.from(mutateInPlace(bytes, random));
    }
  }
  return bytes;
}

const VALUES: readonly unknown[] = [
  ...[0, 1, -1, 2, 3, 0.5, 1e9, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 31), 1e39, 1e308, 5126, 5121, 65535],
  ...["", "x", "VEC4", "MAT4", "data:,", "../x", "sample.png", "http://127.0.0.1:1/x"],
  ...[null, true, false, [], {}, [0], [[]], { extensions: {} }, Array.from({ length: 40 }, () => 0)],
];

/** Replaces, removes or copies a few values anywhere in a document. */
function mutateDocument({ json, body }: GltfParts, random: Random): GltfParts {
  for (let remaining = 1 + random(3); remaining > 0; remaining -= 1) {
    const slots: Slot[] = [];
    collectSlots(json, slots);
    const { parent, key } = slots[random(slots.length)] ?? { parent: json, key: "asset" };
    const kind = random(4);
    if (kind === 0 && !Array.isArray(parent)) delete parent[key];
    else if (kind === 1) {
      const other = slots[random(slots.length)];
      parent[key] = structuredClone(other?.parent[other.key]);
    } else parent[key] = structuredClone(VALUES[random(VALUES.length)]);
  }
  return { json, body };
}

interface Slot {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

/** Collects all properties and array elements of a document, at any depth. */
function collectSlots(value: unknown, slots: Slot[]): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    slots.push({ parent: value as Record<string, unknown>, key });
    collectSlots(child, slots);
  }
}

function gltf({ json, body }: GltfParts): string {
  const [buffer] = Array.isArray(json.buffers) ? (json.buffers as unknown[]) : [];
  if (typeof buffer === "object" && buffer !== null && !("uri" in buffer)) {
    Object.assign(buffer, {
      uri: `data:application/octet-stream;base64,${Buffer.from(body).toString("base64")}`,
    });
  }
  return JSON.stringify(json, undefined, 1);
}

const RICH_OBJ = `# comment
mtllib sample.mtl
o part \\
 one
v 0 0 0 1 0 0
v 1 0 0 0 1 0
v 1 1 0 0 0 1
v 0.5 0.25 0
v 0 1 0
vt 0 0
vt 1 0
vt 1 1
vn 0 0 1
usemtl red
s 1
f 1/1/1 2/2/1 3/3/1
f 1//1 2//1 3//1 4//1 5//1
g two
usemtl clear
f -5 -4 -3 -2
l 1 2 3/2
p 4 5
`;

const RICH_PLY: readonly PlySampleElement[] = [
  { name: "camera", properties: ["float view_px", "list uchar short pixels"], rows: [[1, [1, 2, 3]]] },
  {
    name: "vertex",
    properties: [
      "double x",
      "int y",
      "short z",
      "uchar red",
      "uchar green",
      "uchar blue",
      "float s",
      "float t",
    ],
    rows: [
      [0, 0, 0, 255, 0, 0, 0, 0],
      [1, 0, 0, 0, 255, 0, 1, 0],
      [1, 1, 0, 0, 0, 255, 1, 1],
      [0.5, 1, 0, 9, 9, 9, 0, 1],
      [0, 1, 1, 9, 9, 9, 0, 1],
    ],
  },
  {
    name: "face",
    properties: ["list uchar int vertex_indices", "list uchar float texcoord", "uchar flags"],
    rows: [
      [[0, 1, 2], [0, 0, 1, 0, 1, 1], 1],
      [[0, 1, 2, 3, 4], [], 2],
      [[3, 2, 1, 0], [], 3],
    ],
  },
  { name: "tristrips", properties: ["list int int vertex_indices"], rows: [[[0, 1, 2, 3, -1, 2, 3, 4]]] },
  {
    name: "edge",
    properties: ["int vertex1", "int vertex2"],
    rows: [
      [0, 4],
      [1, 3],
    ],
  },
];

/** A document with a skinned, morphed and animated triangle, a sparse accessor, points, a camera and a light. */
function richGltf(): GltfParts {
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
