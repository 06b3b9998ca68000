import { afterAll, describe, expect, test } from "bun:test";
import type { DataArray, Mesh, Overlay } from "../../../src/formats/data-kinds.ts";
import { inspectFile } from "../../../src/formats/inspect-file.ts";
import { readData } from "../../../src/loading/read-data.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { testIf } from "../../support/test-if.ts";
import { missingNibabel, runNibabel } from "../nibabel.ts";
import { inspectedOutcome, outcome, read } from "../read-outcomes.ts";
import { realFiles } from "../shared-data.ts";
import {
  annotationFile,
  LABEL,
  oldValuesFile,
  paintFile,
  quadFile,
  surfaceFile,
  valuesFile,
} from "./freesurfer-files.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

interface Sampled {
  readonly file: string;
  readonly count: number;
  readonly step: number;
  readonly values: readonly number[];
}

interface NibabelFreeSurfer {
  readonly folder: string;
  readonly points: readonly number[];
  /** The points, moved by FreeSurfer's matrices. */
  readonly scanner: readonly number[];
  readonly triangles: readonly number[];
  readonly values: readonly Sampled[];
  readonly label: { readonly vertices: readonly number[]; readonly scalars: readonly number[] };
  readonly annotations: readonly (Sampled & {
    readonly table: readonly (readonly [string, ...number[]])[];
  })[];
}

function expectPoints({ surfaces, origin }: Mesh, points: readonly number[]): void {
  const actual = Array.from(surfaces[0]?.positions ?? [], (value, i) => value + (origin[i % 3] ?? 0));
  const differences = points.map((value, i) => Math.abs(value - (actual[i] ?? Number.NaN)));
  expect(Math.max(...differences)).toBeLessThan(1e-4);
}

function expectValues({ file, count, step, values }: Sampled, { arrays }: Overlay): void {
  const [array] = arrays;
  const actual = Array.from({ length: values.length }, (_, i) => array?.values[i * step]);
  expect([file, array?.values.length, ...actual]).toEqual([file, count, ...values]);
}

testIf(missingNibabel)(
  "surfaces, values and annotations, also real ones, are read like nibabel reads them",
  async () => {
    const real = realFiles("freesurfer/boggle.lh.annot", "freesurfer/lh.curv");
    const expected = await runNibabel<NibabelFreeSurfer>("make_freesurfer.py", directory.path, ...real);
    const pial = (await read(`${expected.folder}/lh.pial`)) as Mesh;
    expectPoints(pial, expected.scanner);
    expect([...(pial.surfaces[0]?.indices ?? [])]).toEqual([...expected.triangles]);
    expect(pial.warnings).toEqual([]);
    const white = (await read(`${expected.folder}/lh.white`)) as Mesh;
    expectPoints(white, expected.points);
    expect(white.warnings.join()).toContain("it does not say where its volume is");
    for (const values of expected.values) expectValues(values, (await read(values.file)) as Overlay);
    const label = (await read(`${expected.folder}/lh.V1.label`)) as Overlay;
    expect([...(label.elements ?? [])]).toEqual([...expected.label.vertices]);
    expect([...(label.arrays[0]?.values ?? [])]).toEqual([...expected.label.scalars]);
    for (const annotation of expected.annotations) {
      const overlay = (await read(annotation.file)) as Overlay;
      expectValues(annotation, overlay);
      expect(
        overlay.arrays[0]?.labels?.map(({ name, color }) => [
          name,
          ...color.map((value) => Math.round(255 * value)),
        ]),
      ).toEqual(annotation.table.map(([name, r = 0, g = 0, b = 0, t = 0]) => [name, r, g, b, 255 - t]));
    }
  },
);

describe("a surface", () => {
  test("a surface in scanner coordinates is not moved, one in surface coordinates is moved by c_ras", async () => {
    const geometry = "valid = 1\nxras = -1 0 0\nyras = 0 0 -1\nzras = 0 1 0\ncras = 1 2 3\n";
    const tags = (real: number): string => `\0\0\0\x02\0\0\0${String.fromCharCode(real)}\0\0\0\x14`;
    const moved = (await read(write("lh.a", surfaceFile(tags(0) + geometry)))) as Mesh;
    expectPoints(moved, [1, 2, 3, 11, 2, 3, 1, 22, 3, 1, 2, 33]);
    expect(moved).toMatchObject({ space: "ras", warnings: [] });
    expectPoints((await read(write("lh.b", surfaceFile(tags(1) + geometry)))) as Mesh, [0, 0, 0, 10, 0, 0]);
    const invalid = geometry.replace("valid = 1", "valid = 0");
    const { warnings } = await read(write("lh.c", surfaceFile(tags(0) + invalid)));
    expect(warnings.join()).toContain("it does not say where its volume is");
  });

  test("a surface of quads is divided into triangles", async () => {
    const { surfaces } = (await read(write("lh.quads", quadFile()))) as Mesh;
    expect([...(surfaces[0]?.indices ?? [])]).toEqual([0, 1, 3, 2, 3, 1, 1, 4, 5, 1, 5, 2]);
    expect([...(surfaces[0]?.positions.subarray(12) ?? [])]).toEqual([2, 0, 0, 2, 1, 0]);
  });

  test("a surface that is cut off has fewer faces, or is an error", async () => {
    const whole = surfaceFile();
    const { surfaces, warnings } = (await read(write("lh.cut", whole.subarray(0, -20)))) as Mesh;
    expect(surfaces[0]?.indices?.length).toBe(6);
    expect(warnings[0]).toBe("the file is cut off: 2 of 4 faces are shown");
    expect(await outcome(write("lh.cut2", whole.subarray(0, 60)))).toContain(
      "cut off in its vertices: 2 of 4",
    );
    const absurd = Buffer.from(whole);
    absurd.fill(0x7f, 22, 30);
    expect(await outcome(write("lh.absurd", absurd))).toContain("is cut off in its vertices");
    expect(await outcome(write("lh.index", surfaceFile("", [0, 1, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0])))).toContain(
      "a face uses vertex 7, but there are only 4 vertices",
    );
  });
});

test("values have a layout with a magic number, and an old one without", async () => {
  for (const [name, file] of [
    ["lh.thickness", valuesFile([1, 2.5, -3, 4])],
    ["lh.sulc", oldValuesFile([1, 2.5, -3, 4])],
  ] as const) {
    const path = write(name, file);
    expect(inspectFile(path).isOverlay).toBe(true);
    const { arrays } = (await read(path)) as Overlay;
    expect(arrays.map((array) => [array.name, ...array.values])).toEqual([[name, 1, 2.5, -3, 4]]);
    expect(await outcome(write(`cut-${name}`, file.subarray(0, -3)))).toContain("it has");
  }
});

test("an annotation has a color table of version 1 or 2; without one, codes are shown", async () => {
  for (const version of [1, 2] as const) {
    const { arrays } = (await read(write("lh.annot", annotationFile(version)))) as Overlay;
    expect([...(arrays[0]?.values ?? [])]).toEqual([0, 1, -1, 0]);
    expect(arrays[0]?.labels?.map(({ value, name }) => [value, name])).toEqual([
      [0, "area one"],
      [1, "area two"],
    ]);
  }
  const whole = annotationFile(2);
  const bare = (await read(
    write("bare.annot", Buffer.concat([whole.subarray(0, 36), Buffer.alloc(4)])),
  )) as Overlay;
  expect([...(bare.arrays[0]?.values ?? [])]).toEqual([255, 255 * 2 ** 16, 0, 255]);
  expect(bare.warnings).toEqual(["it has no color table: its labels are shown as numbers"]);
  const cut = await read(write("cut.annot", whole.subarray(0, -10)));
  expect(cut.warnings).toEqual(["its color table is cut off or damaged after 1 entries"]);
  expect(await outcome(write("short.annot", whole.subarray(0, 20)))).toContain("it has 2 of 4 labels");
});

test("labels and paint files have values for some vertices; a label of equal values has a color", async () => {
  const path = write("lh.pial", surfaceFile());
  const overlaid = async (overlay: string): Promise<DataArray | undefined> => {
    const request = { path, root: undefined, drafts: false, overlays: [{ path: overlay }] };
    return ((await readData(request, () => {})) as Mesh).surfaces[0]?.arrays?.[0];
  };
  const paint = await overlaid(
    write(
      "lh.sig.w",
      paintFile([
        [2, 0.5],
        [0, -3],
      ]),
    ),
  );
  expect([...(paint?.values ?? [])]).toEqual([-3, Number.NaN, 0.5, Number.NaN]);
  const label = await overlaid(write("lh.V1.label", LABEL));
  expect([...(label?.values ?? [])]).toEqual([Number.NaN, 1, Number.NaN, 1]);
  expect(label?.labels).toMatchObject([{ value: 1, name: "lh.V1" }]);
  for (const [name, content, message] of [
    ["lh.far.w", paintFile([[4, 1]]), "it has a value for number 4, but the file before it has 4 points"],
    ["lh.cut.w", paintFile([[2, 0.5]]).subarray(0, 7), "it has 0 of 1 values"],
    [
      "rh.sig.w",
      paintFile([[2, 0.5]]),
      "it has values for cortex right, but the surface before it is cortex left",
    ],
    ["lh.volume.label", LABEL.replace("\n3 ", "\n-1 "), "it is a label of a volume"],
    ["lh.bad.label", LABEL.replace("\n3 ", "\n3.5 "), "is not a vertex with x, y, z and a value"],
    ["lh.none.label", LABEL.replace("\n2\n", "\n0\n"), "it has no vertices"],
  ] as const)
    await expect(overlaid(write(name, content))).rejects.toThrow(message);
  const cut = await read(write("lh.cut.label", LABEL.replace("\n2\n", "\n5\n")));
  expect(cut.warnings).toEqual(["the file is cut off: 2 of 5 vertices are shown"]);
});

test("a paint file that MNE-Python 1.3 has written is read", async () => {
  // _write_w(path, [0, 2, 5, 300, 70000], [1.5, -2.25, 0.001, 1e6, 3])
  const hex = "00000000050000003fc00000000002c01000000000053a83126f00012c4974240001117040400000";
  const overlay = (await read(write("lh.mne.w", Buffer.from(hex, "hex")))) as Overlay;
  expect([...(overlay.elements ?? [])]).toEqual([0, 2, 5, 300, 70_000]);
  expect([...(overlay.arrays[0]?.values ?? [])]).toEqual([1.5, -2.25, 0.001, 1e6, 3].map(Math.fround));
});

test("damaged values and annotations are read, or refused with one sentence", async () => {
  for (const [name, file] of [
    ["d.curv", valuesFile([1, 2.5, -3, 4])],
    ["old.curv", oldValuesFile([1, 2.5, -3, 4])],
    ["d.annot", annotationFile(1)],
    ["e.annot", annotationFile(2)],
    [
      "d.w",
      paintFile([
        [2, 0.5],
        [0, -3],
      ]),
    ],
    ["d.label", Buffer.from(LABEL)],
  ] as const) {
    for (let i = 0; i < file.length; i += 1) {
      for (const byte of [0, 1, 127, 255]) {
        const damaged = Buffer.from(file);
        damaged[i] = byte;
        const result = await inspectedOutcome(write(name, damaged));
        if (typeof result === "string") expect(result).not.toMatch(/undefined|NaN|(?:Type|Range)Error/);
        else expect(result).toMatchObject({ kind: "overlay" });
      }
    }
  }
});
