import { gzipSync } from "node:zlib";
import { mghFile } from "./mgh-file.ts";
import { niftiFile } from "./nifti-file.ts";

/** Volumes to damage, by the extension of the format. */
export const VOLUME_SAMPLES = {
  nii: [
    niftiFile({ dim: [4, 2, 3, 4, 2], calMin: 1, calMax: 4 }),
    niftiFile({ datatype: 1024, sformCode: 0, qformCode: 1, quaternion: [0, 0, 1] }),
    niftiFile({ datatype: 128, dim: [2, 2, 2], voxels: new Uint8Array(12) }),
    gzipSync(niftiFile({ datatype: 16 })),
  ],
  mgh: [mghFile({}), mghFile({ sizes: [2, 3, 2, 2] }), gzipSync(mghFile({}))],
} as const satisfies Record<string, readonly (string | Uint8Array)[]>;
