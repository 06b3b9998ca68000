import { coordinateOrigin, relativeTo } from "../../geometry/coordinate-origin.ts";
import { countInvalid } from "../../native/mesh-kernels.ts";
import type { DataArray, NumericArray, StreamlineGroup, Streamlines } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { MAX_ARRAY_BYTES } from "../growing-array.ts";
import { DataError, printable, quote } from "../load-error.ts";
import { finishStreamlines } from "../streamlines/finish-streamlines.ts";
import { listTrxFiles, type TrxFile } from "./trx-files.ts";
import { parseTrxHeader, type TrxHeader } from "./trx-header.ts";
import { parseTrxName, readTrxValues, type TrxName, trxValueBytes } from "./trx-values.ts";

const MAX_HEADER_BYTES = 2 ** 20;

/**
 * Reads TRX (https://github.com/tee-ar-ex/trx-spec): arrays in an archive or a folder. Positions are mm, RAS+. Those in float32 that are
 * stored without compression are read directly into the array that is drawn.
 *
 * @param isArchive whether the file is a ZIP archive, or the header.json in a folder
 */
export async function readTrx(context: ReadContext, isArchive: boolean): Promise<Streamlines> {
  const files = await listTrxFiles(context, isArchive);
  const reader = new TrxReader(files);
  return reader.read();
}

class TrxReader {
  readonly #files: readonly TrxFile[];
  readonly #warnings: string[] = [];

  constructor(files: readonly TrxFile[]) {
    this.#files = files;
  }

  async read(): Promise<Streamlines> {
    const header = await this.#readHeader();
    const all = await this.#readPositions(header);
    const offsets = await this.#readOffsets(header, all.length / 3);
    const points = offsets.at(-1) ?? 0;
    const streamlines = offsets.length - 1;
    const pointArrays = await this.#readArrays("dpv/", all.length / 3, "points");
    const positions = all.subarray(0, 3 * points);
    const origin = coordinateOrigin(positions);
    const data = {
      origin,
      positions: relativeTo(origin, positions, positions),
      offsets,
      pointArrays: pointArrays.map((array) => ({
        ...array,
        values: array.values.subarray(0, points * array.components),
      })),
      streamlineArrays: await this.#readArrays("dps/", streamlines, "streamlines"),
      groups: await this.#readGroups(streamlines),
      warnings: this.#warnings,
    };
    return finishStreamlines(data, countInvalid(positions));
  }

  async #readHeader(): Promise<TrxHeader> {
    const file = this.#files.find(({ path }) => path === "header.json");
    if (file === undefined) throw new DataError("there is no header.json");
    if (file.bytes > MAX_HEADER_BYTES) throw new DataError("its header.json is larger than a megabyte");
    const bytes = new Uint8Array(file.bytes);
    await file.open((read) => read(bytes));
    return parseTrxHeader(new TextDecoder().decode(bytes));
  }

  async #readPositions({ points }: TrxHeader): Promise<Float32Array> {
    const found = this.#findArray("positions");
    if (found === undefined) {
      if (points > 0) throw new DataError("there are no positions in it");
      return new Float32Array();
    }
    const { file, name } = found;
    const count = this.#countOf(file, { ...name, components: 3 });
    if (count !== points) {
      this.#warnings.push(`the header declares ${points} points, the file has ${count}`);
    }
    if (12 * count > MAX_ARRAY_BYTES) throw new DataError("it has more than 357 million points, the maximum");
    const values = await this.#readValues(file, name.type, 3 * count);
    return values instanceof Float32Array ? values : Float32Array.from(values);
  }

  /** Reads the first point of each streamline; files with and without the number of points as the last element are in use. */
  async #readOffsets({ streamlines }: TrxHeader, points: number): Promise<Uint32Array> {
    const found = this.#findArray("offsets");
    if (found === undefined) {
      if (streamlines > 0) throw new DataError("there are no offsets in it");
      return new Uint32Array(1);
    }
    const { file, name } = found;
    const count = this.#countOf(file, { ...name, components: 1 });
    const values = await this.#readValues(file, name.type, count);
    const hasEnd = count === streamlines + 1 || (count !== streamlines && values[count - 1] === points);
    const read = hasEnd ? count - 1 : count;
    if (read !== streamlines) {
      this.#warnings.push(`the header declares ${streamlines} streamlines, the file has ${read}`);
    }
    const offsets = new Uint32Array(read + 1);
    let last = 0;
    for (let i = 0; i <= read; i += 1) {
      const offset = i === count ? points : (values[i] ?? 0);
      if (!(offset >= last && offset <= points) || (i === 0 && offset !== 0)) {
        throw new DataError(
          `the offset of streamline ${i + 1} is ${offset}, which is not valid: the file is damaged`,
        );
      }
      offsets[i] = offset;
      last = offset;
    }
    if (last < points)
      this.#warnings.push(`${points - last} points belong to no streamline and are left out`);
    return offsets;
  }

  /** Reads the arrays in a folder. An array with another number of elements is left out, with a warning. */
  async #readArrays(folder: string, count: number, of: string): Promise<DataArray[]> {
    const arrays: DataArray[] = [];
    for (const file of this.#files) {
      if (!file.path.startsWith(folder)) continue;
      const name = parseTrxName(file.path.slice(folder.length));
      if (name === undefined || name.name.includes("/")) {
        this.#warnings.push(`${quote(file.path)} in it is not known and is left out`);
        continue;
      }
      const elements = this.#countOf(file, name);
      if (elements !== count) {
        this.#warnings.push(`${quote(file.path)} is left out: it has ${elements} values for ${count} ${of}`);
        continue;
      }
      const values = await this.#readValues(file, name.type, elements * name.components);
      arrays.push({ name: printable(name.name), components: name.components, values });
    }
    return arrays;
  }

  async #readGroups(streamlines: number): Promise<StreamlineGroup[]> {
    const groups: StreamlineGroup[] = [];
    for (const file of this.#files) {
      const name = file.path.startsWith("groups/")
        ? parseTrxName(file.path.slice("groups/".length))
        : undefined;
      if (name === undefined) continue;
      const count = this.#countOf(file, name);
      const values = await this.#readValues(file, name.type, count * name.components);
      const members = Uint32Array.from(values);
      const valid = members.filter((member, i) => member < streamlines && member === values[i]);
      if (valid.length < members.length) {
        const invalid = members.length - valid.length;
        this.#warnings.push(`${invalid} streamlines of the group ${quote(name.name)} do not exist`);
      }
      const arrays = await this.#readArrays(`dpg/${name.name}/`, 1, "group");
      groups.push({ name: printable(name.name), streamlines: valid, arrays });
    }
    return groups;
  }

  /** Finds the array with this name in the main folder. */
  #findArray(wanted: string): { file: TrxFile; name: TrxName } | undefined {
    for (const file of this.#files) {
      const name = parseTrxName(file.path);
      if (name?.name === wanted) return { file, name };
    }
    return undefined;
  }

  /** Number of elements in a file. */
  #countOf(file: TrxFile, { components, type }: TrxName): number {
    const elementBytes = components * trxValueBytes(type);
    if (file.bytes % elementBytes !== 0) {
      this.#warnings.push(`${quote(file.path)} is cut off: it has ${file.bytes} bytes`);
    }
    return Math.floor(file.bytes / elementBytes);
  }

  #readValues(file: TrxFile, type: string, count: number): Promise<NumericArray> {
    return file.open((read) => readTrxValues(read, type, count));
  }
}
