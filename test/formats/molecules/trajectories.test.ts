import { afterAll, describe, expect, test } from "bun:test";
import { truncateSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Box3 } from "three";
import type { Trajectory } from "../../../src/formats/data-kinds.ts";
import { inspectFile } from "../../../src/formats/inspect-file.ts";
import { readFrame } from "../../../src/formats/trajectory/read-frame.ts";
import { loadScene } from "../../../src/scene/load-scene.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { outcome, read } from "../read-outcomes.ts";
import { realFiles } from "../shared-data.ts";
import { carbons, dcdFile, expectedPositions, trajectoryFile } from "./trajectory-files.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

async function expectFrame(
  trajectory: Trajectory,
  frame: number,
  expected: readonly number[],
): Promise<void> {
  const actual = await readFrame(trajectory, frame);
  expect(actual.length).toBe(expected.length);
  // MDAnalysis computes in Float32: 0.02 Å at 1,500,000 Å.
  const problems = expected.filter(
    (value, i) => !(Math.abs(value - (actual[i] ?? Number.NaN)) <= 1e-4 + 3e-7 * Math.abs(value)),
  );
  expect(problems).toEqual([]);
}

describe("positions of each frame are those of MDAnalysis", () => {
  for (const [name, frames] of Object.entries(expectedPositions())) {
    test(name, async () => {
      const path = write(name, trajectoryFile(name));
      expect(inspectFile(path)).toMatchObject({ isOverlay: true });
      const trajectory = (await read(path)) as Trajectory;
      expect([trajectory.frames.length, trajectory.warnings]).toEqual([frames.length, []]);
      if (name.endsWith("xtc"))
        frames.forEach((_, i) => void expect(trajectory.seconds?.[i]).toBeCloseTo(2e-12 * i, 15));
      for (const [i, expected] of frames.entries()) await expectFrame(trajectory, i, expected);
    });
  }

  for (const [name, count, frame, atom, expected] of [
    ["md.xtc", 51, 50, 17410, [54.73, 19.61, 37.34]],
    ["md.xtc", 51, 25, 8000, [25.08, 52.02, 15.5]],
    ["frame0.xtc", 501, 500, 21, [8.1, 14, 11.1]],
    ["ala3.dcd", 256, 255, 41, [13.3254, 1.5331, 5.9925]],
  ] as const) {
    test(`frame ${frame} of ${name}, if it is on this machine`, async () => {
      for (const path of realFiles(`trajectories/${name}`)) {
        const trajectory = (await read(path)) as Trajectory;
        expect(trajectory.frames.length).toBe(count);
        const positions = await readFrame(trajectory, frame);
        expected.forEach((value, axis) => void expect(positions[3 * atom + axis]).toBeCloseTo(value, 3));
      }
    });
  }
});

const FRAMES = [
  [0, 0, 0, 5, 0, 0, 10, 0, 0],
  [1, 0, -2, 5, 3, 0, 10.5, 0, 0],
  [2, 0, -4, 5, 6, 0, 11, 0, 1],
];

describe("DCD", () => {
  for (const sample of [
    {},
    { littleEndian: false },
    { hasCell: true },
    { littleEndian: false, hasCell: true, hasFourthAxis: true },
    { markerBytes: 8 },
    { markerBytes: 8, littleEndian: false },
    { declared: 0 },
  ] as const) {
    test(`with ${JSON.stringify(sample)} has the positions of its frames`, async () => {
      const trajectory = (await read(write("a.dcd", dcdFile({ frames: FRAMES, ...sample })))) as Trajectory;
      expect([trajectory.atoms, trajectory.frames.length, trajectory.warnings]).toEqual([3, 3, []]);
      for (const [i, frame] of FRAMES.entries()) await expectFrame(trajectory, i, frame);
    });
  }

  test("atoms that do not move have their positions of the first frame", async () => {
    const frames = [FRAMES[0] ?? [], [1, 0, -2, 10.5, 0, 0], [2, 0, -4, 11, 0, 1]];
    const trajectory = (await read(write("a.dcd", dcdFile({ frames, free: [1, 3] })))) as Trajectory;
    await expectFrame(trajectory, 2, [2, 0, -4, 5, 0, 0, 11, 0, 1]);
  });

  test.each([
    ["velocities", dcdFile({ frames: FRAMES, magic: "VELD" }), "it has velocities, not positions"],
    ["no frame", dcdFile({ frames: FRAMES }).subarray(0, 250), "it is cut off in its first frame of 3 atoms"],
    ["a cut header", dcdFile({ frames: FRAMES }).subarray(0, 100), "it is cut off in its title"],
  ])("%s is an error with one sentence", async (_name, content, message) => {
    expect(await outcome(write("bad.dcd", content))).toContain(message);
  });

  test("a file that is cut off has fewer frames, with a warning", async () => {
    const { frames, warnings } = (await read(
      write("cut.dcd", dcdFile({ frames: FRAMES }).subarray(0, -10)),
    )) as Trajectory;
    expect([frames.length, warnings]).toEqual([2, ["the file is cut off: 2 of 3 frames are shown"]]);
  });
});

describe("XTC", () => {
  test("a file that is cut off or damaged has the frames before", async () => {
    const whole = trajectoryFile("water.xtc");
    const cut = (await read(write("cut.xtc", whole.subarray(0, -10)))) as Trajectory;
    expect([cut.frames.length, cut.warnings]).toEqual([
      2,
      ["the file is cut off in frame 2: the frames before it are shown"],
    ]);
    const damaged = Buffer.from(whole);
    damaged.writeInt32BE(1, cut.frames[1] ?? 0);
    const { frames, warnings } = (await read(write("bad.xtc", damaged))) as Trajectory;
    expect([frames.length, warnings]).toEqual([
      1,
      ["frame 1: its header is damaged; the frames before it are shown"],
    ]);
    expect(await outcome(write("short.xtc", whole.subarray(0, 80)))).toContain("it has no complete frame");
  });
});

describe("a trajectory of the molecule before it", () => {
  test("its frames are time steps, of which one is read at a time; several files follow one another", async () => {
    const path = write("three.pdb", carbons(3));
    const first = write("a.dcd", dcdFile({ frames: FRAMES }));
    const second = write("b.dcd", dcdFile({ frames: FRAMES.slice(1), littleEndian: false }));
    const scene = await loadScene([{ path, style: { representation: "spheres" } }, first, second]);
    expect(scene.time?.count).toBe(5);
    const radius = 1.7;
    for (const step of [0, 2, 3, 1]) {
      await scene.time?.show(step);
      const { min, max } = new Box3().setFromObject(scene.object);
      const frame = FRAMES[step === 3 ? 1 : step] ?? [];
      for (const axis of [0, 1, 2] as const) {
        const values = frame.filter((_, i) => i % 3 === axis);
        expect(min.getComponent(axis)).toBeCloseTo(Math.min(...values) - radius, 1);
        expect(max.getComponent(axis)).toBeCloseTo(Math.max(...values) + radius, 1);
      }
    }
    truncateSync(first, 300);
    await expect(scene.time?.show(2)).rejects.toThrow("frame 2: it is cut off");
    scene.dispose();
  });

  test.each([
    [
      "another number of atoms",
      carbons(4),
      "it has positions of 3 atoms, but the file before it has 4 atoms",
    ],
    ["no molecule", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", "the file before it is no molecule"],
  ])("%s is refused with a sentence", async (_name, base, message) => {
    const trajectory = write("a.dcd", dcdFile({ frames: FRAMES }));
    await expect(loadScene([write("base", base), trajectory])).rejects.toThrow(message);
  });

  test("without a molecule, or compressed with gzip, it is refused with a sentence", async () => {
    const path = write("a.dcd", dcdFile({ frames: FRAMES }));
    await expect(loadScene(path)).rejects.toThrow("give the file of the molecule before it");
    writeFileSync(path, gzipSync(dcdFile({ frames: FRAMES })));
    expect(await outcome(path)).toContain(
      "it is compressed with gzip, so that its frames cannot be read singly",
    );
  });
});
