import { afterAll, describe, expect, test } from "bun:test";
import type { DataArray, Mesh, Overlay } from "../../../src/formats/data-kinds.ts";
import { inspectFile } from "../../../src/formats/inspect-file.ts";
import { readData } from "../../../src/loading/read-data.ts";
import { loadScene } from "../../../src/scene/load-scene.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { testIf } from "../../support/test-if.ts";
import { missingNibabel, runNibabel } from "../nibabel.ts";
import { outcome, read } from "../read-outcomes.ts";
import { realFiles } from "../shared-data.ts";
import { BRAIN_MODELS, type CiftiSample, ciftiFile, LABELS, PARCELS, SERIES } from "./cifti-file.ts";
import { surfaceFile } from "./freesurfer-files.ts";
import { giftiFile, POINTSET, TRIANGLE } from "./gifti-file.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

interface NibabelCifti {
  readonly file: string;
  readonly columns: readonly {
    readonly name: string | null;
    readonly labels: readonly (readonly [number, string, ...number[]])[] | null;
  }[];
  readonly seconds: readonly number[] | null;
  /** Values by structure, column and vertex. */
  readonly structures: Readonly<Record<string, readonly (readonly (number | null)[])[]>>;
}

/** Values with NaN as null, as JSON has them, and as Float32. */
const plain = (values: Iterable<number | null>): (number | null)[] =>
  Array.from(values, (value) => (value === null || Number.isNaN(value) ? null : Math.fround(value)));

const REAL = [
  "Conte69.MyelinAndCorrThickness.32k_fs_LR.dscalar.nii",
  "Conte69.MyelinAndCorrThickness.32k_fs_LR.dtseries.nii",
  "Conte69.MyelinAndCorrThickness.32k_fs_LR.ptseries.nii",
  "Conte69.parcellations_VGD11b.32k_fs_LR.dlabel.nii",
  "ones.dscalar.nii",
].map((name) => `cifti/${name}`);

testIf(missingNibabel)(
  "scalars, labels, series and parcels, also of real files, have the values of nibabel at each vertex",
  async () => {
    const files = await runNibabel<NibabelCifti[]>("make_cifti.py", directory.path, ...realFiles(...REAL));
    expect(files.length).toBeGreaterThanOrEqual(6);
    for (const { file, columns, seconds, structures } of files) {
      expect(inspectFile(file)).toMatchObject({ format: { id: "cifti" }, isOverlay: true });
      const whole = (await read(file)) as Overlay;
      expect(whole.steps).toEqual(seconds === null ? undefined : { count: seconds.length, seconds });
      for (const [structure, byColumn] of Object.entries(structures)) {
        for (const [i, expected] of byColumn.entries()) {
          const { arrays } = seconds === null ? whole : ((await read(file, undefined, i)) as Overlay);
          const array = arrays.filter((candidate) => candidate.structure === structure)[
            seconds === null ? i : 0
          ];
          expect(plain(array?.values ?? [])).toEqual(plain(expected));
          if (seconds === null) expect(array?.name).toBe(columns[i]?.name ?? "");
          const labels = array?.labels?.map(({ value, name, color }) => [value, name, ...color]);
          expect(labels?.toSorted((a, b) => Number(a[0]) - Number(b[0])) ?? null).toEqual(
            columns[i]?.labels?.map((label) => [...label]) ?? null,
          );
        }
      }
    }
    for (const [name, message] of [
      ["voxels.dscalar.nii", "it has no values of surfaces, only of 8 voxels, which cannot be shown"],
      [
        "connectivity.dconn.nii",
        'its columns are "brain models", as in connectivity, and not values of a surface',
      ],
    ] as const)
      expect(await outcome(`${directory.path}/${name}`)).toContain(message);
  },
);

const metadata = (structure: string): string =>
  `<MetaData><MD><Name>AnatomicalStructurePrimary</Name><Value>${structure}</Value></MD></MetaData>`;
const surface = (structure: string): string =>
  giftiFile([{ ...POINTSET, inner: metadata(structure) }, TRIANGLE]);

/** The arrays of a surface with a CIFTI file over it. */
async function overlaid(
  surfacePath: string,
  sample: CiftiSample = {},
  step = 0,
): Promise<readonly DataArray[]> {
  const overlays = [{ path: write("x.dscalar.nii", ciftiFile(sample)) }];
  const request = { path: surfacePath, root: undefined, drafts: false, overlays, step };
  const { surfaces } = (await readData(request, () => {})) as Mesh;
  return surfaces[0]?.arrays ?? [];
}

describe("values over a surface", () => {
  test.each([
    ["CortexLeft", [0, 2, 4, 6]],
    ["CortexRight", [8, 10, null, 12]],
  ] as const)("%s has its own values", async (structure, expected) => {
    const path = write(`${structure}.surf.gii`, surface(structure));
    for (const littleEndian of [true, false]) {
      const arrays = await overlaid(path, { littleEndian });
      expect(arrays.map(({ name }) => name)).toEqual(["thickness", "myelin"]);
      expect(plain(arrays[0]?.values ?? [])).toEqual([...expected]);
    }
  });

  test("a surface of FreeSurfer has the structure of its name", async () => {
    const arrays = await overlaid(write("rh.pial", surfaceFile()));
    expect(plain(arrays[0]?.values ?? [])).toEqual([8, 10, null, 12]);
  });

  test("labels and parcels", async () => {
    const path = write("left.surf.gii", surface("CortexLeft"));
    const [areas] = await overlaid(path, { columns: LABELS, width: 1, values: [1, 0, 1, 1, 0, 1, 1, 0] });
    expect(areas?.labels?.map(({ name }) => name)).toEqual(["???", "V1"]);
    expect([...(areas?.values ?? [])]).toEqual([1, 0, 1, 1]);
    const [parcels] = await overlaid(path, { rows: PARCELS, height: 2 });
    expect(plain(parcels?.values ?? [])).toEqual([0, 2, 0, null]);
  });

  test("a series is time steps with the range of the first step", async () => {
    const path = write("left.surf.gii", surface("CortexLeft"));
    const [second] = await overlaid(path, { columns: SERIES }, 1);
    expect([...(second?.values ?? [])]).toEqual([1, 3, 5, 7]);
    const series = write("x.dtseries.nii", ciftiFile({ columns: SERIES }));
    const scene = await loadScene([path, series]);
    expect(scene.time).toMatchObject({ count: 2, seconds: [0.5, 1.22] });
    await scene.time?.show(1);
    expect(scene.layers[0]?.actor.legend).toMatchObject({ title: "x.dtseries.nii" });
    scene.dispose();
  });

  test("another structure, an unknown one and another number of vertices are refused with a sentence", async () => {
    for (const [path, message] of [
      [
        write("c.surf.gii", surface("Cerebellum")),
        "values for cortex left and cortex right, but the surface before it is cerebellum",
      ],
      [
        write("u.surf.gii", giftiFile([POINTSET, TRIANGLE])),
        "does not say which of them it is: AnatomicalStructurePrimary is missing",
      ],
    ] as const)
      await expect(overlaid(path)).rejects.toThrow(message);
    const rows = BRAIN_MODELS.replaceAll('Vertices="4"', 'Vertices="5"');
    await expect(overlaid(write("l.surf.gii", surface("CortexLeft")), { rows })).rejects.toThrow(
      "it has 5 values, but the file before it has 4 points: they do not belong together",
    );
  });

  test("values of GIFTI and FreeSurfer for the other hemisphere are refused", async () => {
    const shape = { intent: "SHAPE", data: "1 2 3 4" };
    const overlays = [{ path: write("r.shape.gii", giftiFile([shape], metadata("CortexRight"))) }];
    const path = write("l.surf.gii", surface("CortexLeft"));
    await expect(readData({ path, root: undefined, drafts: false, overlays }, () => {})).rejects.toThrow(
      "it has values for cortex right, but the surface before it is cortex left",
    );
  });
});

test.each([
  [{ version: "1.0" }, "it is of version 1 of CIFTI: convert it with wb_command"],
  [{ height: 5 }, "it has 5 rows, but its XML describes row 6"],
  [{ width: 3 }, "it has 3 columns, but the names of 2"],
  [{ rows: "" }, "it does not say what rows and columns are"],
  [
    { rows: BRAIN_MODELS.replace("0 1 3", "0 1 4") },
    "it uses vertex 4 of cortex right, which has 4 vertices",
  ],
  [{ rows: BRAIN_MODELS.replace("0 1 3", "0 1") }, "a brain model has 2 vertices instead of 3"],
  [{ rows: BRAIN_MODELS.replace('Offset="4"', 'Offset="0"') }, "two brain models have the same rows"],
  [{ rows: BRAIN_MODELS.replace("0 1 3", "0 1 x") }, '"x" is not the number of a vertex'],
  [
    { rows: BRAIN_MODELS.replaceAll('Vertices="4"', 'Vertices="4000000000"') },
    "need 64 GB, which is too much",
  ],
] as const)("damage %# is an error with one sentence", async (sample: CiftiSample, message) => {
  const result = JSON.stringify(await outcome(write("bad.dscalar.nii", ciftiFile(sample)))).replaceAll(
    "\\",
    "",
  );
  expect(result).toContain(message);
});

test("a file that is cut off has fewer values, with a warning", async () => {
  const { arrays, warnings } = (await read(
    write("cut.dscalar.nii", ciftiFile().subarray(0, -30)),
  )) as Overlay;
  expect(warnings).toEqual([
    "its values of 1 voxels are not shown, only those of surfaces",
    "the file is cut off: 4 of 7 vertices have values",
  ]);
  expect(plain(arrays[0]?.values ?? [])).toEqual([0, 2, 4, 6]);
  expect(await outcome(write("cut.dscalar.nii", ciftiFile().subarray(0, 700)))).toContain("starts at byte");
});
