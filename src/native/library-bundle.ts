import { readFileSync } from "node:fs";

/** What build scripts write beside a bundle: which files it has, and a hash of them all. */
export interface BundleManifest {
  /** 16 hex digits. */
  hash: string;
  files: { name: string; size: number }[];
}

/** Libraries that must lie in one directory under their own names. */
export interface LibraryBundle {
  manifest: BundleManifest;
  /** Symbolic links beside the files: name to target. */
  links: Readonly<Record<string, string>>;
  /** A symbol of one file, to try whether the directory's libraries can be loaded. */
  probe: { file: string; symbol: string };
  /** The files' bytes by name; reads and unpacks. */
  read(): Map<string, Uint8Array>;
}

const TAR_BLOCK = 512;

/** The files of a tar archive (ustar, short names) that was packed with zstd. */
export function readTarZst(path: string): Map<string, Uint8Array> {
  const tar = Bun.zstdDecompressSync(readFileSync(path));
  const files = new Map<string, Uint8Array>();
  for (let offset = 0; offset + TAR_BLOCK <= tar.length; ) {
    const name = field(tar, offset, 100);
    if (name === "") break;
    const size = Number.parseInt(field(tar, offset + 124, 12), 8);
    files.set(name, tar.subarray(offset + TAR_BLOCK, offset + TAR_BLOCK + size));
    offset += TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  return files;
}

function field(tar: Buffer, offset: number, length: number): string {
  const end = tar.indexOf(0, offset);
  return tar.toString("latin1", offset, Math.min(end < 0 ? tar.length : end, offset + length));
}
