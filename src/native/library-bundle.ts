import { readFileSync } from "node:fs";

/** Manifest that the build scripts write beside a bundle: its files in order, and a hash of all. */
export interface BundleManifest {
  /** 16 hex digits. */
  hash: string;
  files: { name: string; size: number }[];
}

/** Libraries that must be in one directory, under their own names. */
export interface LibraryBundle {
  manifest: BundleManifest;
  /** Symbolic links beside the files: name to target. */
  links: Readonly<Record<string, string>>;
  /** A symbol of one file, to test whether the libraries in a directory can be loaded. */
  probe: { file: string; symbol: string };
  /** The files' bytes by name; reads and decompresses. */
  read(): Map<string, Uint8Array>;
}

/** Reads files that follow each other in one file compressed with zstd, as scripts/build-gl-libraries.mjs writes it. */
export function readConcatenatedZst(path: string, files: BundleManifest["files"]): Map<string, Uint8Array> {
  const content = Bun.zstdDecompressSync(readFileSync(path));
  let end = 0;
  return new Map(
    files.map(({ name, size }) => {
      end += size;
      return [name, content.subarray(end - size, end)];
    }),
  );
}
