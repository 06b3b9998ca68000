import { countInvalid } from "../../native/mesh-kernels.ts";
import type { DataArray, Streamlines } from "../data-kinds.ts";
import { FilePositions } from "../file-positions.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { GrowingArray } from "../growing-array.ts";
import { DataError } from "../load-error.ts";
import { finishStreamlines, offsetsOf } from "../streamlines/finish-streamlines.ts";
import { MAT_HEADER_BYTES, MAX_MAT_NAME, type MatHeader, parseMatHeader } from "./mat-header.ts";

/** Coordinates are integers, in fractions of a voxel. */
const STEPS_PER_VOXEL = 32;
/** A streamline starts with the size of its steps, three bytes per point, and its first point as three int32. */
const RECORD_BYTES = 16;
const STEP_BYTES = 3;

/** Matrices that are read besides those of streamlines, and their maximum size. */
const OTHERS = ["dimension", "voxel_size", "trans_to_mni", "cluster"];
const MAX_OTHER_BYTES = 2 ** 26;
const INITIAL_STREAMLINES = 4096;
const INITIAL_POINTS = 65_536;

/**
 * Reads the tracts of DSI Studio (TinyTrack): a MATLAB file of level 4 whose matrix `track` has, for each streamline, the steps from point to
 * point in 1/32 of a voxel (https://dsi-studio.labsolver.org/doc/cli_data.html). Points count from the centre of the first voxel.
 */
export async function readTt({ source }: ReadContext): Promise<Streamlines> {
  const reader = new TtReader(source);
  while (await reader.readMatrix()) {}
  return reader.finish();
}

class TtReader {
  readonly #source: FileSource;
  readonly #warnings: string[] = [];
  readonly #others = new Map<string, readonly number[]>();
  readonly #ends = new GrowingArray(new Uint32Array(INITIAL_STREAMLINES));
  /** In steps; created by the first matrix of streamlines. */
  #positions: FilePositions | undefined;

  constructor(source: FileSource) {
    this.#source = source;
  }

  /** @returns whether another matrix follows */
  async readMatrix(): Promise<boolean> {
    const source = this.#source;
    await source.fillTo(MAT_HEADER_BYTES + MAX_MAT_NAME);
    const { window, offset } = source;
    if (window.length === 0) return false;
    const header = parseMatHeader(window);
    if (header === undefined) {
      this.#warn(`the matrix at byte ${offset} is damaged; the rest of the file is left out`);
      return false;
    }
    source.consume(header.headerBytes);
    const end = source.offset + header.bytes;
    // Files of many streamlines have several such matrices.
    if (/^track\d*$/.test(header.name)) await this.#readTracks(header);
    else if (OTHERS.includes(header.name) && header.bytes <= MAX_OTHER_BYTES) await this.#readOther(header);
    const rest = end - source.offset;
    if ((await source.skip(rest)) === rest) return true;
    this.#warn(`the file is cut off in its matrix ${header.name}`);
    return false;
  }

  finish(): Streamlines {
    const positions = this.#positions;
    if (positions === undefined) throw new DataError("there is no matrix of streamlines (track) in it");
    transform(positions.values as Float32Array, this.#affine());
    const data = {
      positions: positions.finish(),
      origin: positions.origin,
      offsets: offsetsOf(this.#ends.values),
      streamlineArrays: this.#clusters(),
      warnings: this.#warnings,
    };
    return finishStreamlines(data, countInvalid(data.positions));
  }

  async #readTracks({ bytes }: MatHeader): Promise<void> {
    const source = this.#source;
    const end = source.offset + bytes;
    const points = Math.floor(Math.min(bytes, source.maxBytes) / STEP_BYTES);
    this.#positions ??= new FilePositions(
      3 * (source.isCompressed ? Math.min(points, INITIAL_POINTS) : points),
      false,
    );
    while (source.offset + RECORD_BYTES <= end) {
      if (source.window.length < RECORD_BYTES) await source.fillTo(RECORD_BYTES);
      const { window, offset } = source;
      if (window.length < RECORD_BYTES) return;
      const view = new DataView(window.buffer, window.byteOffset, RECORD_BYTES);
      const size = view.getUint32(0, true);
      if (size === 0 || size % STEP_BYTES !== 0 || offset + RECORD_BYTES + size - STEP_BYTES > end) {
        this.#warn(
          `streamline ${this.#ends.length + 1}, at byte ${offset}, is damaged; the rest of the file is left out`,
        );
        return;
      }
      const first = [4, 8, 12].map((at) => view.getInt32(at, true));
      source.consume(RECORD_BYTES);
      await this.#readSteps(this.#positions, first, size / STEP_BYTES);
      this.#ends.push(this.#positions.length / 3);
    }
  }

  /** Reads the points of a streamline, as far as they are in the file. */
  async #readSteps(
    positions: FilePositions,
    [x = 0, y = 0, z = 0]: readonly number[],
    count: number,
  ): Promise<void> {
    const source = this.#source;
    positions.reserve(3, source.fraction);
    for (const value of [x, y, z]) positions.push(value);
    for (let missing = count - 1; missing > 0; ) {
      if (source.window.length < STEP_BYTES) await source.fillTo(STEP_BYTES);
      const { window } = source;
      const steps = Math.min(missing, Math.floor(window.length / STEP_BYTES));
      if (steps === 0) return;
      positions.reserve(3 * steps, source.fraction);
      const { array } = positions;
      const bytes = new Int8Array(window.buffer, window.byteOffset, STEP_BYTES * steps);
      let at = positions.length;
      for (let i = 0; i < bytes.length; i += STEP_BYTES, at += 3) {
        array[at] = x += bytes[i] ?? 0;
        array[at + 1] = y += bytes[i + 1] ?? 0;
        array[at + 2] = z += bytes[i + 2] ?? 0;
      }
      positions.length = at;
      source.consume(STEP_BYTES * steps);
      missing -= steps;
    }
  }

  async #readOther({ name, bytes, type }: MatHeader): Promise<void> {
    if (bytes > this.#source.maxBytes) return;
    const values = new Uint8Array(bytes);
    if ((await this.#source.readInto(values)) < bytes) return;
    const view = new DataView(values.buffer);
    this.#others.set(
      name,
      Array.from({ length: bytes / type.bytes }, (_, i) => type.read(view, i * type.bytes)),
    );
  }

  /** Row-major 3x4 matrix from steps to mm. */
  #affine(): number[] {
    const matrix = this.#others.get("trans_to_mni");
    if (matrix !== undefined && matrix.length >= 12) {
      return matrix.slice(0, 12).map((value, i) => (i % 4 === 3 ? value : value / STEPS_PER_VOXEL));
    }
    this.#warn(
      "the file has no matrix (trans_to_mni): positions are in mm from the first voxel of its image, and may not lie on the anatomy of other files",
    );
    // The axes of DSI Studio's images run to the left, to the back and to the top.
    const [x = 1, y = 1, z = 1] = this.#others.get("voxel_size") ?? [];
    const [width = 1, height = 1] = this.#others.get("dimension") ?? [];
    const step = 1 / STEPS_PER_VOXEL;
    return [-x * step, 0, 0, x * (width - 1), 0, -y * step, 0, y * (height - 1), 0, 0, z * step, 0];
  }

  /** The number of each streamline's bundle. */
  #clusters(): DataArray[] {
    const values = this.#others.get("cluster");
    if (values === undefined || values.length !== this.#ends.length) return [];
    return [{ name: "cluster", components: 1, values: Uint32Array.from(values) }];
  }

  #warn(message: string): void {
    this.#warnings.push(message);
  }
}

/** Transforms positions, in place. */
function transform(positions: Float32Array, m: readonly number[]): void {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0, l = 0] = m;
  for (let at = 0; at < positions.length; at += 3) {
    const x = positions[at] ?? 0;
    const y = positions[at + 1] ?? 0;
    const z = positions[at + 2] ?? 0;
    positions[at] = a * x + b * y + c * z + d;
    positions[at + 1] = e * x + f * y + g * z + h;
    positions[at + 2] = i * x + j * y + k * z + l;
  }
}
