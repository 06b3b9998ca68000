import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Mesh } from "../../../src/formats/data-kinds.ts";
import { inspectFile } from "../../../src/formats/inspect-file.ts";
import { loadScene } from "../../../src/scene/load-scene.ts";
import { randomNumbers } from "../../support/random.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { testIf } from "../../support/test-if.ts";
import { outcome, read } from "../read-outcomes.ts";
import { PYTHON, VTK_MISSING } from "../vtk/vtk-peer.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());

type Case = "cavity-ascii" | "cavity-binary";

let copies = 0;

/** Copies a case that OpenFOAM has written. @returns its folder */
function copyCase(name: Case): string {
  copies += 1;
  const folder = join(directory.path, `${name}-${copies}`);
  cpSync(join(import.meta.dir, name), folder, { recursive: true });
  return folder;
}

const foam = (folder: string): string => join(folder, "cavity.foam");

/** Replaces text in a file of a case. */
function edit(folder: string, file: string, from: string | RegExp, to: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, "latin1");
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`${file} has no ${from}`);
  writeFileSync(path, edited, "latin1");
}

interface VtkStep {
  readonly time: number;
  readonly polygons: readonly {
    readonly points: readonly (readonly number[])[];
    readonly values: Readonly<Record<string, readonly number[]>>;
  }[];
}

const key = (point: readonly number[]): string => point.map((value) => value.toFixed(6)).join();

/** The triangles of a mesh: their corners, and the values of their cells. */
function trianglesOf({ surfaces, origin }: Mesh) {
  const [surface] = surfaces;
  if (surface === undefined) throw new Error("there is no surface");
  const { positions, indices = new Uint32Array(), cells, cellArrays = [] } = surface;
  const corner = (i: number): string => {
    const vertex = indices[i] ?? 0;
    return key([0, 1, 2].map((axis) => (positions[3 * vertex + axis] ?? 0) + (origin[axis] ?? 0)));
  };
  return Array.from({ length: indices.length / 3 }, (_, t) => {
    const cell = cells?.[t] ?? t;
    const values = cellArrays.map(({ name, components, values: all }) => [
      name,
      ...all.subarray(cell * components, (cell + 1) * components),
    ]);
    return { corners: [0, 1, 2].map((i) => corner(3 * t + i)), values };
  });
}

async function expectSameStep(path: string, step: number, { polygons }: VtkStep): Promise<void> {
  const triangles = trianglesOf((await read(path, undefined, step)) as Mesh);
  let count = 0;
  for (const { points, values } of polygons) {
    const keys = new Set(points.map(key));
    const inside = triangles.filter(({ corners }) => corners.every((corner) => keys.has(corner)));
    expect(inside.length).toBe(points.length - 2);
    count += inside.length;
    for (const triangle of inside) {
      expect(triangle.values.map(([name]) => String(name))).toEqual(Object.keys(values));
      for (const [name = "", ...actual] of triangle.values) {
        const expected = values[name] ?? [];
        expect(actual.length).toBe(expected.length);
        // VTK has Float32.
        actual.forEach((value, i) => void expect(Number(value)).toBeCloseTo(expected[i] ?? Number.NaN, 5));
      }
    }
  }
  expect(count).toBe(triangles.length);
}

testIf(VTK_MISSING)(
  "cases of OpenFOAM have the outer faces and the values of their cells in VTK, at each time",
  async () => {
    const moving = copyCase("cavity-ascii");
    // A mesh that moves has points in its time folders.
    mkdirSync(join(moving, "0.1/polyMesh"));
    cpSync(join(moving, "constant/polyMesh/points"), join(moving, "0.1/polyMesh/points"));
    edit(moving, "0.1/polyMesh/points", "(0 0 0)", "(-0.02 0 0)");
    const paths = [foam(copyCase("cavity-ascii")), foam(copyCase("cavity-binary")), foam(moving)];
    const program = join(import.meta.dir, "describe_cases.py");
    const { stdout } = Bun.spawnSync([PYTHON, program, ...paths], { stderr: "ignore" });
    const described = JSON.parse(stdout.toString()) as Record<string, VtkStep[]>;
    for (const path of paths) {
      const steps = described[path] ?? [];
      expect(steps.map(({ time }) => time)).toEqual([0.05, 0.1]);
      const data = await read(path);
      expect([data.steps, data.warnings]).toEqual([{ count: 2, seconds: [0.05, 0.1] }, []]);
      for (const [i, step] of steps.entries()) await expectSameStep(path, i, step);
    }
  },
);

describe("a case", () => {
  test("by its controlDict, and with compressed files, is the same", async () => {
    const folder = copyCase("cavity-binary");
    const expected = await outcome(foam(folder));
    const control = join(folder, "system/controlDict");
    expect(inspectFile(control).format.id).toBe("openfoam");
    expect(await outcome(control)).toEqual(expected);
    for (const file of ["constant/polyMesh/points", "constant/polyMesh/faces", "0.05/U"]) {
      const path = join(folder, file);
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
      rmSync(path);
    }
    expect(await outcome(foam(folder))).toEqual(expected);
  });

  test("is read in blocks of any size", async () => {
    for (const name of ["cavity-ascii", "cavity-binary"] as const) {
      const path = foam(copyCase(name));
      const expected = await outcome(path);
      for (const bytes of [7, 1000]) expect(await outcome(path, bytes)).toEqual(expected);
    }
  });

  test("uniform fields, lists of equal values, comments, tensors, and the initial state alone", async () => {
    const folder = copyCase("cavity-ascii");
    rmSync(join(folder, "0.05"), { recursive: true });
    renameSync(join(folder, "0.1"), join(folder, "0"));
    edit(folder, "0/p", /internalField[^;]*;/, "/* old */ internalField // new\n uniform -2.5;");
    edit(folder, "0/U", /internalField[^;]*;/, "internalField nonuniform List<vector> 9{(1 2 3)};");
    cpSync(join(folder, "0/p"), join(folder, "0/sigma"));
    edit(folder, "0/sigma", "volScalarField", "volSymmTensorField");
    edit(folder, "0/sigma", "-2.5", "(1 2 3 4 5 6)");
    cpSync(join(folder, "0/p"), join(folder, "0/phi"));
    edit(folder, "0/phi", "volScalarField", "surfaceScalarField");
    const data = (await read(foam(folder))) as Mesh;
    expect(data.steps).toBeUndefined();
    expect(
      data.surfaces[0]?.cellArrays?.map(({ name, values, components }) => [
        name,
        ...values.subarray(0, components),
      ]),
    ).toEqual([
      ["U", 1, 2, 3],
      ["p", -2.5],
      ["sigma", 1, 2, 3, 4, 5, 6],
    ]);
  });

  test("is shown with the values of a time step", async () => {
    const scene = await loadScene({ path: foam(copyCase("cavity-binary")), style: { colorBy: "p" } });
    expect(scene.time).toMatchObject({ count: 2, seconds: [0.05, 0.1] });
    await scene.time?.show(1);
    expect(scene.layers[0]?.actor.legend).toMatchObject({ title: "p" });
    scene.dispose();
  });

  test("a field that is damaged or of another mesh is left out, with a warning", async () => {
    const folder = copyCase("cavity-ascii");
    edit(folder, "0.05/U", /internalField\D*9\(/, "internalField nonuniform List<vector> 8(");
    const whole = readFileSync(join(folder, "0.05/p"), "latin1");
    writeFileSync(join(folder, "0.05/p"), whole.slice(0, whole.indexOf("9(") + 20));
    const { warnings, surfaces } = (await read(foam(folder))) as Mesh;
    expect(surfaces[0]?.cellArrays ?? []).toEqual([]);
    expect(warnings[0]).toBe('the field "0.05/U" is left out: it has 8 values for 9 cells');
    expect(warnings[1]).toMatch(/^the field "0.05\/p" is left out: it is cut off: it has \d of 9 values$/);
  });
});

test("the folder of a case names the file to give", () => {
  expect(() => inspectFile(copyCase("cavity-ascii"))).toThrow(
    "this is the folder of an OpenFOAM case; give its system/controlDict",
  );
});

describe("without a mesh, the reason is a sentence", () => {
  test.each([
    [
      "missing",
      (folder: string) => rmSync(join(folder, "constant"), { recursive: true }),
      "there is no constant/polyMesh/points in its folder",
    ],
    [
      "decomposed",
      (folder: string) => renameSync(join(folder, "constant"), join(folder, "processor0")),
      "it is decomposed into processor folders: join them with reconstructPar",
    ],
    [
      "regions",
      (folder: string) => {
        mkdirSync(join(folder, "constant/fluid"));
        renameSync(join(folder, "constant/polyMesh"), join(folder, "constant/fluid/polyMesh"));
      },
      "it has a mesh for each of its regions (fluid), which cannot be shown",
    ],
    [
      "cut",
      (folder: string) => edit(folder, "constant/polyMesh/owner", /\n\d+\s*\([\s\S]*$/, "\n42(0 1"),
      "it is cut off",
    ],
    [
      "huge",
      (folder: string) => edit(folder, "constant/polyMesh/owner", /\n\d+\s*\(/, "\n4000000000{0} ("),
      "4000000000 equal elements",
    ],
  ])("%s", async (_name, damage, message) => {
    const folder = copyCase("cavity-ascii");
    damage(folder);
    expect(await outcome(foam(folder))).toContain(message);
  });
});

test("damaged files of a case are read, or refused with one sentence", async () => {
  const random = randomNumbers(5);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (const name of ["cavity-ascii", "cavity-binary"] as const) {
    const folder = copyCase(name);
    const files = [
      ...readdirSync(join(folder, "constant/polyMesh")).map((file) => `constant/polyMesh/${file}`),
      ...["0.05/U", "0.05/p"],
    ];
    let loaded = 0;
    for (let seed = 0; seed < 400; seed += 1) {
      const path = join(folder, files[seed % files.length] ?? "");
      const whole = readFileSync(path);
      let bytes = Buffer.from(whole);
      // Not only in the comment at the start.
      const at = below(2) === 0 ? below(bytes.length) : 600 + below(bytes.length - 600);
      const kind = below(4);
      if (kind === 0) bytes = bytes.subarray(0, at);
      else if (kind === 1) bytes[at] = below(256);
      else if (kind === 2)
        bytes.writeInt32LE([-1, 0, 2 ** 31 - 1, 7][below(4)] ?? 0, Math.min(at, bytes.length - 4));
      else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(20))]);
      writeFileSync(path, bytes);
      const result = await outcome(foam(folder));
      if (typeof result === "string")
        expect(result).not.toMatch(/undefined|NaN|(?:Type|Range)Error|internal/);
      else loaded += 1;
      writeFileSync(path, whole);
    }
    expect(loaded).toBeGreaterThan(100);
  }
});
