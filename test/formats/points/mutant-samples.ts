import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lasFile } from "./las-file.ts";
import { lzfBody, pcdFile } from "./pcd-file.ts";
import { TWO_SPLATS } from "./splat-file.ts";

const FIELDS = { fields: "x y z rgb i", size: "4 4 4 4 4", type: "F F F U F", points: 3 };
const VALUES = new Uint8Array(Float32Array.of(1, 2, 3, 0.5, 9, 4, 5, 6, 0.1, 8, 7, 8, 9, 0, 7).buffer);

const LAS_POINTS = [1, 2, 3].map(
  (i) => ({ xyz: [i, -i, 1000 * i], classification: i, rgb: [i, 900, 5] }) as const,
);

/** Files of points to damage, by the extension of the format. */
export const POINT_SAMPLES = {
  csv: [
    "x,y,z,intensity,r,g,b\n1,2,3,0.5,255,0,0\n4,5,6,,0,255,0\n7,8,9,2,0,0,255\n1,1,1,1,1,1,1\n",
    "1,5;2;3;4\n4;5,5;6;7\n7;8;9;10\n",
  ],
  pts: [
    "3\n0 0 0 -100 255 0 0\n1 0 0 -90 0 255 0\n# c\n2 5e5 0 7 0 0 255",
    "0 0 0 0.1 0.2 0.3\r1 1 1 1 1 1\r",
  ],
  pcd: [
    pcdFile({ ...FIELDS, data: "ascii", body: "1 2 3 255 9\n4 5 6 65280 8\nnan nan nan 0 1\n" }).toString(
      "latin1",
    ),
    pcdFile({ ...FIELDS, body: VALUES }),
    pcdFile({ ...FIELDS, data: "binary_compressed", body: lzfBody(VALUES) }),
    pcdFile({ ...FIELDS, body: VALUES }).toString("latin1"),
  ],
  las: [
    lasFile({ format: 3, points: LAS_POINTS }),
    lasFile({ minor: 4, format: 7, scale: 0.001, offset: [5e5, 5e6, 0], points: LAS_POINTS }),
    lasFile({ format: 0, points: LAS_POINTS }).toString("latin1"),
  ],
  splat: [TWO_SPLATS],
  laz: [
    readFileSync(join(import.meta.dir, "laz", "point10-1.0.laz")),
    readFileSync(join(import.meta.dir, "laz", "point-color-time.las.laz")),
  ],
} satisfies Record<string, (string | Uint8Array)[]>;
