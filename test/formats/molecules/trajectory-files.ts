import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pdbAtom } from "./pdb-file.ts";

const FOLDER = join(import.meta.dir, "trajectories");

/** A trajectory that MDAnalysis has written (test/formats/programs/make_trajectories.py). */
export function trajectoryFile(name: string): Buffer {
  return readFileSync(join(FOLDER, name));
}

/** The positions that MDAnalysis reads from each of its trajectories: x, y, z of the atoms of each frame, Å. */
export function expectedPositions(): Readonly<Record<string, readonly (readonly number[])[]>> {
  return JSON.parse(trajectoryFile("expected.json").toString());
}

/** Carbon atoms 5 Å apart. */
export function carbons(count: number): string {
  return Array.from({ length: count }, (_, i) =>
    pdbAtom({ serial: i + 1, name: " C1 ", residue: "LIG", record: "HETATM", at: [5 * i, 0, 0] }),
  ).join("\n");
}

interface DcdSample {
  /** x, y, z of the atoms of each frame. */
  readonly frames: readonly (readonly number[])[];
  readonly littleEndian?: boolean;
  readonly markerBytes?: 4 | 8;
  readonly hasCell?: boolean;
  readonly hasFourthAxis?: boolean;
  /** Numbers of the atoms that move, from 1; later frames have only these. */
  readonly free?: readonly number[];
  /** Number of frames in the header; default: that of `frames`. */
  readonly declared?: number;
  readonly magic?: string;
}

/** A DCD file by the description of its format: Fortran records with their sizes before and after them. */
export function dcdFile({
  frames,
  littleEndian = true,
  markerBytes = 4,
  hasCell = false,
  hasFourthAxis = false,
  free,
  declared = frames.length,
  magic = "CORD",
}: DcdSample): Buffer {
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (littleEndian) bytes.writeInt32LE(value);
    else bytes.writeInt32BE(value);
    return bytes;
  };
  const float = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (littleEndian) bytes.writeFloatLE(value);
    else bytes.writeFloatBE(value);
    return bytes;
  };
  const marker = (value: number): Buffer => {
    if (markerBytes === 4) return int(value);
    return Buffer.concat(littleEndian ? [int(value), int(0)] : [int(0), int(value)]);
  };
  const record = (...parts: Buffer[]): Buffer => {
    const content = Buffer.concat(parts);
    return Buffer.concat([marker(content.length), content, marker(content.length)]);
  };
  const atoms = (frames[0]?.length ?? 0) / 3;
  const control = Array.from({ length: 20 }, () => 0);
  control[0] = declared;
  control[8] = free === undefined ? 0 : atoms - free.length;
  control[10] = hasCell ? 1 : 0;
  control[11] = hasFourthAxis ? 1 : 0;
  control[19] = 24;
  const numbers = (frame: readonly number[], axis: number): Buffer[] =>
    frame.filter((_, i) => i % 3 === axis).map(float);
  const parts = [
    record(Buffer.from(magic), ...control.map(int)),
    record(int(1), Buffer.alloc(80, "made by a test ")),
    record(int(atoms)),
    ...(free === undefined ? [] : [record(...free.map(int))]),
  ];
  for (const frame of frames) {
    if (hasCell) parts.push(record(Buffer.alloc(48)));
    for (const axis of [0, 1, 2]) parts.push(record(...numbers(frame, axis)));
    if (hasFourthAxis) parts.push(record(...numbers(frame, 0)));
  }
  return Buffer.concat(parts);
}
