import { existsSync } from "node:fs";

/** Debian's Python, which has python3-nibabel. */
const PYTHON = "/usr/bin/python3";

/** What the tests with nibabel lack on this machine; "" if nothing. */
export const missingNibabel = existsSync("/usr/lib/python3/dist-packages/nibabel")
  ? ""
  : "python3-nibabel is not installed";

/** What nibabel reads from a tractogram. */
export interface NibabelTractogram {
  readonly streamlines: readonly (readonly (readonly number[])[])[];
  /** Values by array name, one row per point. */
  readonly points: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** Values by array name, one row per streamline. */
  readonly perStreamline: Readonly<Record<string, readonly (readonly number[])[]>>;
}

const READ = `
import json, sys, warnings
import nibabel as nib
warnings.simplefilter("ignore")
def load(path):
    t = nib.streamlines.load(path).tractogram
    return {
        "streamlines": [s.tolist() for s in t.streamlines],
        "points": {k: v.get_data().tolist() for k, v in t.data_per_point.items()},
        "perStreamline": {k: [list(map(float, row)) for row in v] for k, v in t.data_per_streamline.items()},
    }
print(json.dumps([load(path) for path in sys.argv[1:]]))
`;

/** Runs a Python program. @returns its output */
export async function python(program: string, ...args: readonly string[]): Promise<string> {
  const child = Bun.spawn([PYTHON, "-c", program, ...args], { stdout: "pipe", stderr: "pipe" });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(errors);
  return output;
}

/** Reads tractograms with nibabel. */
export async function readWithNibabel(paths: readonly string[]): Promise<NibabelTractogram[]> {
  return JSON.parse(await python(READ, ...paths));
}
