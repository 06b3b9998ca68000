import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Box3, type Mesh, Vector3 } from "three";
import type { MoleculeStyle } from "../../src/layers/layer-properties.ts";
import { type LoadedScene, loadScene } from "../../src/scene/load-scene.ts";
import { pdbAtom, SMALL_PDB } from "../formats/molecules/pdb-file.ts";
import { pixel } from "../scene/images.ts";
import { showOpener } from "../scene/shows.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const open = showOpener();
let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

const load = (content: string, style: MoleculeStyle = {}): Promise<LoadedScene> =>
  loadScene({ path: directory.write("a.pdb", content), style });

/** The color of the frame where a point of the scene is drawn, from the front. */
function colorAt(scene: LoadedScene, point: readonly [number, number, number]): number[] {
  const show = open({ size: [320, 240], background: "black" });
  show.add(scene.object);
  show.cameraState = { position: [4, 0, 40], focalPoint: [4, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 };
  show.render();
  const projected = new Vector3(...point).project(show.camera);
  return pixel(show.snapshot(), (projected.x + 1) / 2, (1 - projected.y) / 2);
}

const boxOf = ({ object }: LoadedScene): Box3 => new Box3().setFromObject(object);

/** A helix of alanines, with carbonyl groups along its axis. */
const HELIX = Array.from({ length: 12 }, (_, i) => {
  const angle = (100 * i * Math.PI) / 180;
  const at = (radius: number, z: number) =>
    [radius * Math.cos(angle), radius * Math.sin(angle), 1.5 * i + z] as const;
  const serial = 3 * i;
  return [
    pdbAtom({ serial: serial + 1, number: i + 1, at: at(2.3, 0), bFactor: 10 + i }),
    pdbAtom({ serial: serial + 2, number: i + 1, name: " C  ", at: at(1.7, 1.1), bFactor: 10 + i }),
    pdbAtom({
      serial: serial + 3,
      number: i + 1,
      name: " O  ",
      at: at(2, 2.3),
      bFactor: 10 + i,
      element: "O",
    }),
  ].join("\n");
}).join("\n");

describe("a molecule", () => {
  test("atoms are spheres in the colors of their elements, and bonds are sticks of two colors", async () => {
    const scene = await load(SMALL_PDB);
    const [carbon, oxygen, nothing] = [
      colorAt(scene, [0, 0, 0]),
      colorAt(scene, [1.2, 0, 0]),
      colorAt(scene, [5, 0, 0]),
    ];
    expect(carbon[0]).toBeCloseTo(carbon[1] ?? 0, -1);
    expect(oxygen[0]).toBeGreaterThan(3 * (oxygen[1] ?? 0));
    expect(nothing.slice(0, 3)).toEqual([0, 0, 0]);
    // The middle of the bond is not inside of a ball.
    expect(colorAt(scene, [0.55, 0, 0])[0]).toBeGreaterThan(50);
  });

  test("spheres have van der Waals radii, and one color if it is requested", async () => {
    const scene = await load(SMALL_PDB, { representation: "spheres", color: "#00ff00" });
    const box = boxOf(scene);
    expect(box.min.x).toBeCloseTo(-1.7, 1);
    expect(box.max.x).toBeCloseTo(9 + 1.39, 1);
    const [red = 0, green = 0] = colorAt(scene, [0, 0, 0]);
    expect(green).toBeGreaterThan(4 * red);
  });

  test("a protein is a ribbon by default, wider along its helix than the tube of a coil", async () => {
    const ribbon = await load(HELIX);
    const sticks = await load(HELIX, { representation: "ball-and-stick" });
    expect(ribbon.counts.triangles).toBeGreaterThan(500);
    expect(boxOf(ribbon).max.z - boxOf(ribbon).min.z).toBeGreaterThan(15);
    expect(ribbon.counts.triangles).not.toBe(sticks.counts.triangles);
    const normals: number[] = [];
    ribbon.object.traverse((part) => {
      const normal = (part as Partial<Mesh>).geometry?.getAttribute("normal");
      if (normal !== undefined) normals.push(...normal.array);
    });
    expect(normals.length).toBeGreaterThan(0);
    expect(normals.every((value) => Math.abs(value) <= 1.001)).toBeTrue();
  });

  test("B factors are colored by their range, which the legend has", async () => {
    const scene = await load(HELIX, { colorBy: "b-factor", colormap: "plasma" });
    const { legend } = scene.layers[0]?.actor ?? {};
    expect(legend).toMatchObject({ title: "B factor", colormap: "plasma", range: [10, 21] });
    const fixed = await load(HELIX, { colorBy: "b-factor", range: [0, 50] });
    expect(fixed.layers[0]?.actor.legend?.range).toEqual([0, 50]);
  });

  test("what a molecule does not have is refused with a sentence that lists what it has", async () => {
    const failure = (style: MoleculeStyle) => load(HELIX, style).catch((error: unknown) => String(error));
    expect(await failure({ colorBy: "mass" })).toContain(
      'a molecule cannot be colored by "mass"; choose element, chain, structure, b-factor',
    );
    expect(await failure({ assembly: "1" })).toContain('it has no assembly "1"; it has none');
  });

  test("models are time steps", async () => {
    const model = (n: number, x: number) =>
      `MODEL     ${n}\n${pdbAtom({ at: [x, 0, 0] })}\n${pdbAtom({ number: 2, at: [x, 5, 0] })}\nENDMDL\n`;
    const scene = await load(model(1, 0) + model(2, 20));
    expect(scene.time?.count).toBe(2);
    expect(boxOf(scene).max.x).toBeLessThan(5);
    await scene.time?.show(1);
    expect(boxOf(scene).min.x).toBeGreaterThan(15);
    await scene.time?.show(0);
    expect(boxOf(scene).max.x).toBeLessThan(5);
  });

  test("an assembly has a copy of its chains for each transformation", async () => {
    const rows = (n: number, x: number) =>
      [1, 2, 3]
        .map((row) => {
          const values = [0, 1, 2].map((column) => (column + 1 === row ? "1.000000" : "0.000000"));
          return `REMARK 350   BIOMT${row}   ${n}  ${values.join("  ")}  ${(row === 1 ? x : 0).toFixed(5).padStart(12)}`;
        })
        .join("\n");
    const header = `REMARK 350 BIOMOLECULE: 1\nREMARK 350 APPLY THE FOLLOWING TO CHAINS: A\n${rows(1, 0)}\n${rows(2, 50)}\n`;
    const atoms = `${pdbAtom({ at: [0, 0, 0] })}\n${pdbAtom({ chain: "B", at: [0, 9, 0] })}\n`;
    const whole = boxOf(await load(header + atoms));
    expect([whole.max.x < 5, whole.max.y > 8]).toEqual([true, true]);
    const assembly = boxOf(await load(header + atoms, { assembly: "1" }));
    expect([assembly.max.x > 49, assembly.max.y < 5]).toEqual([true, true]);
  });
});
