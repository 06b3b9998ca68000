import type { FileData, Streamlines } from "./data-kinds.ts";
import type { FileSource } from "./file-source.ts";
import type { ReferencedFiles } from "./referenced-files.ts";
import type { SampledFile } from "./sampled-file.ts";
import type { UpAxis } from "./up-axis.ts";

/** The beginning of a file, for format detection. */
export interface FileHead {
  /** The first `DETECTION_BYTES` of the file, or all of it. */
  readonly bytes: Uint8Array;
  /** Size of the whole file, bytes. */
  readonly size: number;
  /** Extension of the file name in lower case, without the dot; "" if it has none. */
  readonly extension: string;
  /** The bytes as text; undefined if they are binary. */
  readonly text: string | undefined;
  readonly isUtf16: boolean;
}

export interface ReadContext {
  /** For error messages. */
  readonly path: string;
  readonly source: FileSource;
  /** Reads the files that this one refers to, such as textures. */
  readonly files: ReferencedFiles;
  /** The time step to read, from 0; default: the first. Formats without time steps ignore it. */
  readonly step?: number | undefined;
  /** Keep the cells with a volume (`Mesh.solidCells`), which need memory. Default: false. */
  readonly keepsCells?: boolean | undefined;
}

/** A file format. The list of them is `FORMATS` in `registry.ts`. */
export interface Format<Id extends string = string> {
  readonly id: Id;
  /** Name for messages and documentation: "OBJ". */
  readonly name: string;
  /** The supported parts of the format, in one line, for the documentation. */
  readonly description: string;
  /** In lower case, without the dot. */
  readonly extensions: readonly string[];
  /** The up axis by convention of the programs that use the format. */
  readonly up: UpAxis;
  /** A size limit, and advice for larger files. */
  readonly limit?: { readonly bytes: number; readonly advice: string };
  /** Whether a file has only arrays for the data of the file before it (`Overlay`). Default: never. */
  isOverlay?(head: FileHead): boolean;
  /**
   * Detects the format by content. "certain" means a magic number; "plausible" is used only if no format is certain
   * and the content is not that of a known foreign format.
   */
  detect(head: FileHead): "certain" | "plausible" | undefined;
  /**
   * Checks the header without reading the whole file.
   *
   * @param tail the last kilobyte of the file, or all of it
   * @throws LoadError
   */
  checkHeader?(path: string, head: FileHead, tail: Uint8Array): void;
  /**
   * Estimates from the header the peak memory that showing the file needs, bytes: arrays, temporary arrays, and GL's copy. Measured as
   * the peak RSS of `view` for generated files of 1 and 8 million triangles; their difference excludes the memory that every scene needs.
   */
  estimateMemory(head: FileHead): number;
  /**
   * Samples vertices of a large file, for a preview in less than 0.1 s. Returns x, y, z of each in the file's coordinates, all
   * finite; empty if the file cannot be sampled without reading all of it.
   *
   * @throws LoadError
   */
  samplePoints?(path: string, file: SampledFile): Promise<number[]>;
  /**
   * Samples whole streamlines of a large file, for a preview in less than half a second. Returns undefined if the file cannot be sampled.
   *
   * @throws LoadError
   */
  sampleStreamlines?(path: string, file: SampledFile): Promise<Streamlines | undefined>;
  /** @throws LoadError */
  read(context: ReadContext): Promise<FileData>;
}
