import { randomNumbers } from "../support/random.ts";
import { file3mf } from "./3mf/build-3mf.ts";
import { MODEL_3MF } from "./3mf/mutant-samples.ts";
import { gltf, richGltf } from "./gltf-samples.ts";
import { HELIX_BCIF, MOLECULE_SAMPLES } from "./molecules/mutant-samples.ts";
import { carbons } from "./molecules/trajectory-files.ts";
import { MESH_SAMPLES } from "./mutant-samples.ts";
import { POINT_SAMPLES } from "./points/mutant-samples.ts";
import { checkerPng, type GltfParts, glb, texturedQuad } from "./samples.ts";
import { STREAMLINE_SAMPLES } from "./streamlines/mutant-samples.ts";
import { giftiFile, LEFT, POINTSET, TRIANGLE } from "./surfaces/gifti-file.ts";
import { SURFACE_SAMPLES } from "./surfaces/mutant-samples.ts";
import { VOLUME_SAMPLES } from "./volumes/mutant-samples.ts";
import { VTK_SAMPLES } from "./vtk/mutant-samples.ts";

/** Files that mutants can refer to, by name. */
export const SIBLING_FILES: Readonly<Record<string, string | Uint8Array>> = {
  "sample.mtl": "newmtl red\nKd 1 0 0\nmap_Kd sample.png\nnewmtl clear\nd 0.5\nillum 4\n",
  "sample.png": checkerPng(2),
};

/** Files that mutants are values for, by format: the file before them. */
export const BASE_FILES: Readonly<Record<string, string>> = {
  "dscalar.nii": giftiFile([{ ...POINTSET, inner: LEFT }, TRIANGLE]),
  dcd: carbons(12),
  xtc: carbons(12),
};

type Random = (below: number) => number;

/** Makes a damaged file. The same seed gives the same file. */
export function mutant(format: MutantFormat, seed: number): Uint8Array {
  const random = randomBelow(seed);
  const samples: readonly Maker[] = SAMPLES[format]();
  const sample = samples[seed % samples.length];
  if (sample === undefined) throw new Error(`no sample of ${format}`);
  return sample(random);
}

function randomBelow(seed: number): Random {
  const random = randomNumbers(Math.imul(seed + 1, 0x9e3779b1));
  return (limit) => Math.floor(random() * limit);
}

type Maker = (random: Random) => Uint8Array;

const text =
  (sample: string): Maker =>
  (random) =>
    mutateText(sample, random);
const binary =
  (sample: Uint8Array): Maker =>
  (random) =>
    mutateBytes(sample, random);

const SAMPLES = {
  ...makersOf(MESH_SAMPLES),
  "3mf": () => [
    binary(file3mf(MODEL_3MF)),
    (random) => file3mf(Buffer.from(text(MODEL_3MF)(random)).toString("latin1")),
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
  ...makersOf(VTK_SAMPLES),
  ...makersOf(STREAMLINE_SAMPLES),
  ...makersOf(VOLUME_SAMPLES),
  ...makersOf(SURFACE_SAMPLES),
  ...makersOf(MOLECULE_SAMPLES),
  // Most of the file is names, of which each is needed: of files with more damage than a byte, 2 % can be read.
  bcif: () => [binary(HELIX_BCIF), (random) => replaceByte(HELIX_BCIF, random)],
  ...makersOf(POINT_SAMPLES),
} satisfies Record<string, () => Maker[]>;

export type MutantFormat = keyof typeof SAMPLES;
export const MUTANT_FORMATS: readonly MutantFormat[] = keysOf(SAMPLES);

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

function replaceByte(sample: Uint8Array, random: Random): Uint8Array {
  const bytes = Buffer.from(sample);
  bytes[random(bytes.byteLength)] = random(256);
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
