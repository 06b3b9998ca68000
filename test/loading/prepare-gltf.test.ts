import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Mesh } from "three";
import { buildGltfScene } from "../../src/actors/gltf/gltf-scene.ts";
import { LoadError } from "../../src/formats/load-error.ts";
import { loadFile } from "../../src/loading/load-file.ts";
import type { PreparedGltf } from "../../src/loading/prepare-gltf.ts";
import { prepareObject } from "../../src/scene/prepare/prepare-object.ts";
import { read } from "../formats/read-outcomes.ts";
import { type GltfParts, glb } from "../formats/samples.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const SIDE = 105;
const TRIANGLES = 2 * (SIDE - 1) ** 2;
const FLOAT = 5126;

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

/** A folded sheet: x, y, z of SIDE x SIDE vertices. Its fold is a crease. */
function sheet(): Float32Array {
  const at = (i: number) => [i % SIDE, Math.floor(i / SIDE)] as const;
  return Float32Array.from({ length: 3 * SIDE ** 2 }, (_, i) => {
    const [x, y] = at(Math.floor(i / 3));
    return [x, y, 2 * Math.abs(x - SIDE / 2) + Math.sin(y / 9)][i % 3] ?? 0;
  });
}

function grid(): number[] {
  const indices: number[] = [];
  for (let y = 0; y + 1 < SIDE; y += 1) {
    for (let x = 0; x + 1 < SIDE; x += 1) {
      const a = y * SIDE + x;
      indices.push(a, a + 1, a + SIDE, a + 1, a + SIDE + 1, a + SIDE);
    }
  }
  return indices;
}

/** A GLB of the sheet, in one buffer view for each array. */
function sheetParts(
  views: readonly ArrayBufferView[],
  change: (json: GltfParts["json"]) => void,
): Uint8Array {
  let byteOffset = 0;
  const bufferViews = views.map(({ byteLength }) => {
    const view = { buffer: 0, byteOffset, byteLength };
    byteOffset += byteLength;
    return view;
  });
  const body = Buffer.concat(
    views.map(
      ({ buffer, byteOffset: start, byteLength }) => new Uint8Array(buffer as ArrayBuffer, start, byteLength),
    ),
  );
  const vertices = { bufferView: 0, componentType: FLOAT, count: SIDE ** 2, type: "VEC3" };
  const corners = { bufferView: 1, componentType: 5125, count: 3 * TRIANGLES, type: "SCALAR" };
  const json: GltfParts["json"] = {
    asset: { version: "2.0" },
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
    buffers: [{ byteLength: body.byteLength }],
    bufferViews,
    accessors: [vertices, corners],
  };
  change(json);
  return glb({ json, body });
}

/** For each triangle of all meshes, its corners with all of their attributes, regardless of the order of vertices and triangles. */
function triangles(root: { traverse: Mesh["traverse"] }): string[] {
  const found: string[] = [];
  root.traverse((object) => {
    if (!("isMesh" in object)) return;
    const { attributes, index } = (object as Mesh).geometry;
    const names = Object.keys(attributes).sort();
    const corner = (i: number) =>
      names.map((name) => {
        const { itemSize, array } = attributes[name] ?? { itemSize: 0, array: [] };
        const vertex = index?.array[i] ?? i;
        return Array.from({ length: itemSize }, (_, c) =>
          Math.fround(array[vertex * itemSize + c] ?? 0).toFixed(4),
        );
      });
    const count = index?.count ?? attributes.position?.count ?? 0;
    for (let i = 0; i + 2 < count; i += 3) {
      found.push([corner(i), corner(i + 1), corner(i + 2)].join("; "));
    }
  });
  return found.sort();
}

const positions = sheet();
const indices = Uint32Array.from(grid());
const colors = Uint8Array.from({ length: 4 * SIDE ** 2 }, (_, i) => (7 * i) % 256);
const interleaved = new Float32Array(8 * SIDE ** 2);
for (let i = 0; i < SIDE ** 2; i += 1) {
  interleaved.set(positions.subarray(3 * i, 3 * i + 3), 8 * i);
  interleaved.set([0.6, 0, 0.8, i / 1000, 0.5], 8 * i + 3);
}
const soup = new Float32Array(3 * indices.length);
for (const [i, vertex] of indices.entries()) soup.set(positions.subarray(3 * vertex, 3 * vertex + 3), 3 * i);
const damaged = positions.slice();
damaged[300] = Number.NaN;

type Json = Record<string, Record<string, unknown>[]>;
const SHEETS: Record<string, () => Uint8Array> = {
  "positions only": () => sheetParts([positions, indices], () => {}),
  "16-bit indices": () =>
    sheetParts([positions, Uint16Array.from(indices)], (json) => {
      Object.assign((json as Json).accessors?.[1] ?? {}, { componentType: 5123 });
    }),
  "interleaved normals and texture coordinates": () =>
    sheetParts([interleaved, indices], (json) => {
      const { bufferViews = [], accessors = [], meshes = [] } = json as Json;
      Object.assign(bufferViews[0] ?? {}, { byteStride: 32 });
      accessors.push({ ...accessors[0], byteOffset: 12 }, { ...accessors[0], byteOffset: 24, type: "VEC2" });
      Object.assign(meshes[0] ?? {}, {
        primitives: [{ attributes: { POSITION: 0, NORMAL: 2, TEXCOORD_0: 3 }, indices: 1 }],
      });
    }),
  "normalized colors of four bytes": () =>
    sheetParts([positions, indices, colors], (json) => {
      const { accessors = [], meshes = [] } = json as Json;
      accessors.push({
        bufferView: 2,
        componentType: 5121,
        normalized: true,
        count: SIDE ** 2,
        type: "VEC4",
      });
      Object.assign(meshes[0] ?? {}, {
        primitives: [{ attributes: { POSITION: 0, COLOR_0: 2 }, indices: 1 }],
      });
    }),
  "vertices that are not finite": () => sheetParts([damaged, indices], () => {}),
  "two primitives with the same vertices": () =>
    sheetParts([positions, indices, indices.subarray(0, 3 * 20_500)], (json) => {
      const { accessors = [], meshes = [] } = json as Json;
      accessors.push({ ...accessors[1], bufferView: 2, count: 3 * 20_500 });
      Object.assign(meshes[0] ?? {}, {
        primitives: [1, 2].map((list) => ({ attributes: { POSITION: 0 }, indices: list })),
      });
    }),
  "two primitives with overlapping indices": () =>
    sheetParts([positions, indices, positions], (json) => {
      const { accessors = [], meshes = [] } = json as Json;
      accessors.push({ ...accessors[0], bufferView: 2 }, { ...accessors[1], count: 3 * 20_500 });
      Object.assign(meshes[0] ?? {}, {
        primitives: [
          { attributes: { POSITION: 0 }, indices: 1 },
          { attributes: { POSITION: 2 }, indices: 3 },
        ],
      });
    }),
  "one mesh in two nodes": () =>
    sheetParts([positions, indices], (json) => {
      Object.assign(json, {
        scenes: [{ nodes: [0, 1] }],
        nodes: [{ mesh: 0 }, { mesh: 0, translation: [0, 0, 9] }],
      });
    }),
  "no indices": () =>
    sheetParts([soup, indices], (json) => {
      const { accessors = [], meshes = [] } = json as Json;
      Object.assign(accessors[0] ?? {}, { count: indices.length });
      Object.assign(meshes[0] ?? {}, { primitives: [{ attributes: { POSITION: 0 } }] });
    }),
};

async function build(data: PreparedGltf) {
  const { object } = await buildGltfScene(data);
  const warnings: string[] = [];
  const counts = prepareObject(object, { path: "sheet.glb", format: "GLB", drafts: false, warnings });
  return { triangles: triangles(object), counts, warnings };
}

describe("a glTF primitive that is prepared before three.js loads it", () => {
  for (const [name, make] of Object.entries(SHEETS)) {
    test(`a glTF primitive that is prepared before three.js loads it has the same triangles as one that is prepared afterwards: ${name}`, async () => {
      const path = `${directory.path}/sheet.glb`;
      await Bun.write(path, make());
      const before = (await loadFile({ path, root: undefined, drafts: false }, () => {})) as PreparedGltf;
      const afterwards = { ...(await read(path)), surfaces: [] } as unknown as PreparedGltf;
      const isPrepared = before.surfaces.flat().some((surface) => surface !== undefined);
      expect(isPrepared).toBe(true);
      expect(await build(before)).toEqual(await build(afterwards));
    });
  }

  test("a glTF primitive that is prepared before three.js loads it that shares vertices with many others gets normals of its own vertices only", async () => {
    const parts = 104;
    const corners = indices.length / parts;
    const path = `${directory.path}/shared.glb`;
    const bytes = sheetParts([positions, indices], (json) => {
      const { accessors = [], meshes = [] } = json as Json;
      const lists = Array.from({ length: parts }, (_, i) => ({
        ...accessors[1],
        byteOffset: 4 * corners * i,
        count: corners,
      }));
      accessors.push(...lists);
      const primitives = lists.map((_, i) => ({ attributes: { POSITION: 0 }, indices: 2 + i }));
      Object.assign(meshes[0] ?? {}, { primitives });
    });
    await Bun.write(path, bytes);
    const data = (await loadFile({ path, root: undefined, drafts: false }, () => {})) as PreparedGltf;
    expect(data.surfaces[0]?.every((surface) => surface !== undefined)).toBe(true);
    const total = data.buffers.reduce((sum, buffer) => sum + (buffer?.byteLength ?? 0), 0);
    expect(total).toBeLessThan(5 * bytes.length);
    expect((await build(data)).counts.triangles).toBe(TRIANGLES);
  });

  test("a glTF primitive that is prepared before three.js loads it is prepared in a Worker, also if a small glTF file has its arrays in a large file", async () => {
    const bytes = sheetParts([positions, indices], (json) => {
      json.buffers = [{ uri: "sheet.bin", byteLength: 9_000_000 }];
    });
    const jsonBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true);
    await Bun.write(`${directory.path}/sheet.gltf`, bytes.subarray(20, 20 + jsonBytes));
    const arrays = new Uint8Array(9_000_000);
    arrays.set(bytes.subarray(28 + jsonBytes));
    await Bun.write(`${directory.path}/sheet.bin`, arrays);
    let workers = 0;
    const onWorker = () => {
      workers += 1;
    };
    const request = { path: `${directory.path}/sheet.gltf`, root: undefined, drafts: false };
    const data = (await loadFile(request, () => {}, { onWorker })) as PreparedGltf;
    expect(workers).toBe(1);
    expect((await build(data)).counts.triangles).toBe(TRIANGLES);
  });

  test("a glTF primitive that is prepared before three.js loads it is refused with the number of a vertex that does not exist", async () => {
    const path = `${directory.path}/invalid.glb`;
    const invalid = indices.slice();
    invalid[5000] = SIDE ** 2;
    await Bun.write(
      path,
      sheetParts([positions, invalid], () => {}),
    );
    const error = await loadFile({ path, root: undefined, drafts: true }, () => {}).catch((reason) => reason);
    expect(error).toBeInstanceOf(LoadError);
    expect(String(error)).toContain(
      `a face uses vertex ${SIDE ** 2}, but there are only ${SIDE ** 2} vertices`,
    );
  });
});
