import { deflateSync, gzipSync } from "node:zlib";
import { metaImageFile } from "./metaimage-file.ts";
import { mghFile, mghLabels } from "./mgh-file.ts";
import { mifFile } from "./mif-file.ts";
import { niftiFile } from "./nifti-file.ts";
import { npyFile } from "./npy-file.ts";
import { nrrdFile } from "./nrrd-file.ts";

/** Volumes to damage, by the extension of the format. */
export const VOLUME_SAMPLES = {
  nii: [
    niftiFile({ dim: [4, 2, 3, 4, 2], calMin: 1, calMax: 4 }),
    niftiFile({ datatype: 1024, sformCode: 0, qformCode: 1, quaternion: [0, 0, 1] }),
    niftiFile({ datatype: 128, dim: [2, 2, 2], voxels: new Uint8Array(12) }),
    gzipSync(niftiFile({ datatype: 16 })),
  ],
  mgh: [
    mghFile({}),
    mghFile({ sizes: [2, 3, 2, 2] }),
    gzipSync(mghFile({})),
    mghFile({
      footer: mghLabels([
        [0, "Unknown"],
        [5, "Five"],
      ]),
    }),
  ],
  mif: [
    mifFile({}),
    mifFile({ fields: ["layout: -1,-2,+0"] }).toString("latin1"),
    mifFile({ fields: ["datatype: Bit"], data: new Uint8Array(3) }).toString("latin1"),
  ],
  npy: [npyFile({}), npyFile({}).toString("latin1")],
  nrrd: [
    nrrdFile({}),
    nrrdFile({}).toString("latin1"),
    nrrdFile({ fields: ["encoding: gzip"], data: gzipSync(new Uint8Array(48)) }),
    nrrdFile({
      fields: ["encoding: text"],
      data: "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24",
    }),
  ],
  mha: [
    metaImageFile({}),
    metaImageFile({}).toString("latin1"),
    metaImageFile({ fields: ["CompressedData = True"], data: deflateSync(new Uint8Array(48)) }),
    metaImageFile({ fields: ["ElementDataFile = sample.png"], data: "" }).toString("latin1"),
  ],
} as const satisfies Record<string, readonly (string | Uint8Array)[]>;
