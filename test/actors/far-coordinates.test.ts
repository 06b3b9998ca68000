import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Vec3 } from "../../src/geometry/coordinates.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import type { Snapshot } from "../../src/scene/show-options.ts";
import { plyFile } from "../formats/ply-builder.ts";
import { glb } from "../formats/samples.ts";
import { sceneFiles } from "../scene/scene-files.ts";

const files = sceneFiles();
let show: ShowManager;
beforeAll(() => {
  show = new ShowManager({ size: [200, 160] });
});
afterAll(() => show.dispose());

/** A sphere of radius 5 with dents, on which rounded coordinates would show as steps: 40 x 20 quads. */
function dentedSphere(): { points: Vec3[]; quads: number[][] } {
  const points: Vec3[] = [];
  const quads: number[][] = [];
  for (let i = 0; i <= 20; i += 1) {
    for (let j = 0; j < 40; j += 1) {
      const a = (i / 20) * Math.PI;
      const b = (j / 20) * Math.PI;
      const radius = 5 + 0.3 * Math.sin(5 * a) * Math.cos(4 * b);
      points.push([
        radius * Math.sin(a) * Math.cos(b),
        radius * Math.cos(a),
        radius * Math.sin(a) * Math.sin(b),
      ]);
      const next = (j + 1) % 40;
      if (i < 20) quads.push([40 * i + j, 40 * i + next, 40 * (i + 1) + next, 40 * (i + 1) + j]);
    }
  }
  return { points, quads };
}

const { points, quads } = dentedSphere();
const positionsAround = ([x, y, z]: Vec3): Vec3[] => points.map((p) => [p[0] + x, p[1] + y, p[2] + z]);

function stl(center: Vec3): string {
  const positions = positionsAround(center);
  const facet = (corners: readonly (number | undefined)[]): string =>
    `facet normal 0 0 0\nouter loop\n${corners.map((c) => `vertex ${positions[c ?? 0]?.join(" ")}`).join("\n")}\nendloop\nendfacet\n`;
  const facets = quads.map(([a, b, c, d]) => facet([a, b, c]) + facet([a, c, d]));
  return `solid ball\n${facets.join("")}endsolid ball\n`;
}

function ply(center: Vec3, binary: boolean): Uint8Array {
  return plyFile(
    [
      { name: "vertex", properties: ["double x", "double y", "double z"], rows: positionsAround(center) },
      { name: "face", properties: ["list uchar int vertex_indices"], rows: quads.map((quad) => [quad]) },
    ],
    { encoding: binary ? "binary_little_endian" : "ascii" },
  );
}

function obj(center: Vec3): string {
  const vertices = positionsAround(center).map((position) => `v ${position.join(" ")}\n`);
  return vertices.join("") + quads.map((quad) => `f ${quad.map((i) => i + 1).join(" ")}\n`).join("");
}

function gltf(translation: Vec3): Uint8Array {
  const positions = Buffer.from(new Float32Array(points.flat()).buffer);
  const index = new Uint32Array(quads.flatMap(([a = 0, b = 0, c = 0, d = 0]) => [a, b, c, a, c, d]));
  const body = Buffer.concat([positions, Buffer.from(index.buffer)]);
  const json = {
    asset: { version: "2.0" },
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, translation }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1, material: 0 }] }],
    materials: [{ doubleSided: true, pbrMetallicRoughness: { metallicFactor: 0 } }],
    accessors: [
      {
        bufferView: 0,
        componentType: 5126,
        count: points.length,
        type: "VEC3",
        min: [-6, -6, -6],
        max: [6, 6, 6],
      },
      { bufferView: 1, componentType: 5125, count: index.length, type: "SCALAR" },
    ],
    bufferViews: [
      { buffer: 0, byteOffset: 0, byteLength: positions.byteLength },
      { buffer: 0, byteOffset: positions.byteLength, byteLength: index.byteLength },
    ],
    buffers: [{ byteLength: body.byteLength }],
  };
  return glb({ json, body });
}

async function renderFile(name: string, content: string | Uint8Array, center: Vec3): Promise<Snapshot> {
  const loaded = await loadScene(files.write(name, content), { up: "y" });
  show.add(loaded.object);
  show.frameScene("y");
  show.render();
  const snapshot = show.snapshot();
  // The camera is in the coordinates of the file.
  for (const [axis, value] of show.cameraState.focalPoint.entries()) {
    expect(Math.abs(value - (center[axis] ?? 0))).toBeLessThan(1);
  }
  show.scene.remove(loaded.object);
  loaded.dispose();
  return snapshot;
}

/** Fraction of pixels with a difference of more than 12 levels in red. */
function differingFraction(a: Snapshot, b: Snapshot): number {
  let differing = 0;
  for (let i = 0; i < a.data.length; i += 4) {
    if (Math.abs((a.data[i] ?? 0) - (b.data[i] ?? 0)) > 12) differing += 1;
  }
  return differing / (a.data.length / 4);
}

const ORIGIN: Vec3 = [0, 0, 0];
const FORMATS: readonly (readonly [name: string, make: (center: Vec3) => string | Uint8Array])[] = [
  ["ball.obj", obj],
  ["ascii.ply", (center) => ply(center, false)],
  ["binary.ply", (center) => ply(center, true)],
  ["ball.stl", stl],
  ["ball.glb", gltf],
];

describe("objects far from the origin", () => {
  for (const [name, make] of FORMATS) {
    for (const [system, center] of [
      ["UTM", [500_000.25, 5_300_000.5, 412.125]],
      ["ECEF", [4_177_000.5, 862_000.25, 4_727_000.75]],
      ["1e9", [1e9, -1e9, 1e9]],
    ] as const) {
      test(`${name} at ${system} coordinates has the same image as at the origin`, async () => {
        const near = await renderFile(name, make(ORIGIN), ORIGIN);
        // The image is shaded, not empty.
        expect(new Set(near.data).size).toBeGreaterThan(50);
        const far = await renderFile(name, make(center), center);
        expect(differingFraction(near, far)).toBeLessThan(0.01);
      });
    }
  }
});

test("files with far coordinates keep their relative positions", async () => {
  const first = files.write("first.ply", ply([500_000, 5_300_000, 400], true));
  const second = files.write("second.obj", obj([500_020, 5_300_000, 400]));
  const loaded = await loadScene([first, second]);
  const { min, max } = loaded.bounds;
  expect(max.x - min.x).toBeCloseTo(30.4, 0);
  expect(max.y - min.y).toBeCloseTo(10, 0);
  expect(min.y).toBeCloseTo(5_299_995, 0);
  loaded.dispose();
});
