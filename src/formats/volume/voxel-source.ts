import type { FileSource } from "../file-source.ts";

/** Sequential source of the bytes of voxels. */
export interface VoxelSource {
  /** Upper bound for the number of bytes that are left. */
  readonly availableBytes: number;
  /** Fills an array. @returns the number of bytes, less than the length of the array only at the end */
  readInto(target: Uint8Array): Promise<number>;
  /** Reads on in compressed data, so that damage near its end is an error whatever the block size. */
  finish?(): Promise<void>;
}

/** The rest of a file. */
export function restOf(source: FileSource): VoxelSource {
  return {
    get availableBytes() {
      return source.maxBytes - source.offset;
    },
    readInto: (target) => source.readInto(target),
    finish: () => source.finish(),
  };
}
