import type { FileSource } from "../file-source.ts";
import { DataError, quote } from "../load-error.ts";
import type { ReferencedFiles } from "../referenced-files.ts";
import type { VoxelSource } from "./voxel-source.ts";

const MAX_FILES = 65_536;

/** Reads the voxels of several files, such as one per slice, as if they were one. */
export class FileList implements VoxelSource, AsyncDisposable {
  readonly #files: ReferencedFiles;
  readonly #names: readonly string[];
  readonly #prepare: (source: FileSource) => Promise<VoxelSource>;
  #next = 0;
  #file: FileSource | undefined;
  #current: VoxelSource | undefined;

  /** @param prepare skips headers and decompresses */
  constructor(
    files: ReferencedFiles,
    names: readonly string[],
    prepare: (source: FileSource) => Promise<VoxelSource>,
  ) {
    if (names.length > MAX_FILES) throw new DataError(`it lists ${names.length} files of voxels`);
    this.#files = files;
    this.#names = names;
    this.#prepare = prepare;
  }

  /** Bounded by the first file: the others have the same size. */
  get availableBytes(): number {
    return (this.#current?.availableBytes ?? 0) * this.#names.length;
  }

  /** Opens the first file. @throws DataError if the list is empty */
  async open(): Promise<this> {
    if (!(await this.#advance())) throw new DataError("it lists no files of voxels");
    return this;
  }

  async readInto(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length && this.#current !== undefined) {
      const read = await this.#current.readInto(target.subarray(filled));
      filled += read;
      if (filled < target.length && !(await this.#advance())) break;
    }
    return filled;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }

  async #advance(): Promise<boolean> {
    await this.#file?.[Symbol.asyncDispose]();
    this.#file = undefined;
    this.#current = undefined;
    const name = this.#names[this.#next];
    if (name === undefined) return false;
    this.#next += 1;
    this.#file = await this.#files.open(name);
    this.#current = await this.#prepare(this.#file);
    return true;
  }
}

/** The names of a pattern such as slice%03d.raw, with first, last and step. */
export function patternNames(pattern: string, [first = 0, last = 0, step = 1]: readonly number[]): string[] {
  const count = Math.floor((last - first) / step) + 1;
  if (!(count >= 1 && count <= MAX_FILES)) {
    throw new DataError(`its list of files ${quote(pattern)} has ${count || 0} numbers`);
  }
  return Array.from({ length: count }, (_, i) =>
    pattern.replace(/%(0?)(\d{0,2})d/, (_match, zero: string, width: string) =>
      `${first + i * step}`.padStart(Number(width), zero === "" ? " " : "0"),
    ),
  );
}
