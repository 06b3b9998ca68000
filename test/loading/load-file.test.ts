import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { writeLargeModel } from "../../scripts/bench/large-models.ts";
import { LoadError } from "../../src/formats/load-error.ts";
import { loadFile } from "../../src/loading/load-file.ts";
import type { PreparedGltf } from "../../src/loading/prepare-gltf.ts";
import type { PreparedMesh } from "../../src/loading/prepared-data.ts";
import { readData } from "../../src/loading/read-data.ts";
import type { LateDetail, SurfaceDetail } from "../../src/loading/surface-detail.ts";
import { until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { workerThreads } from "../support/worker-threads.ts";

const TRIANGLES = 300_000;

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

function model(format: "ply" | "stl" | "obj" | "glb"): string {
  const path = `${directory.path}/sphere.${format}`;
  writeLargeModel(path, format, TRIANGLES);
  return path;
}

describe("loading in a Worker", () => {
  for (const format of ["ply", "stl", "obj"] as const) {
    test(`a large ${format} file gives the same data in a Worker as on the calling thread`, async () => {
      const request = { path: model(format), root: undefined, drafts: true };
      const phases = new Set<string>();
      const data = await loadFile(request, (phase) => phases.add(phase));
      expect([...phases]).toEqual(["reading", "preparing", "simplifying"]);
      expect(data).toEqual(await readData(request, () => {}));
      expect((data as PreparedMesh).counts.triangles).toBeGreaterThan(TRIANGLES - 1000);
    });
  }

  test("a large glb file gives the same data in a Worker as on the calling thread, with two levels of detail", async () => {
    const request = { path: model("glb"), root: undefined, drafts: true };
    const data = (await loadFile(request, () => {})) as PreparedGltf;
    expect(data).toEqual((await readData(request, () => {})) as PreparedGltf);
    expect(data.surfaces[0]?.[0]?.detail?.levels).toHaveLength(2);
  });

  test("the levels of detail of a large mesh have fewer triangles, and its chunks cover all triangles", async () => {
    const { surfaces } = (await readData(
      { path: model("ply"), root: undefined, drafts: true },
      () => {},
    )) as PreparedMesh;
    const [{ positions, indices, detail } = { positions: [], indices: [], detail: undefined }] = surfaces;
    const counts = detail?.levels.map(({ indices: { length } }) => length / 3) ?? [];
    expect(counts).toHaveLength(2);
    expect(counts[0]).toBeLessThanOrEqual(150_000);
    expect(counts[1]).toBeLessThanOrEqual(50_000);
    for (const { vertices, indices: corners } of detail?.levels ?? []) {
      expect(vertices.every((vertex) => vertex < positions.length / 3)).toBe(true);
      expect(corners.every((vertex) => vertex < vertices.length)).toBe(true);
      expect(corners.length).toBeGreaterThan(30_000);
    }
    const ends = detail?.chunks.map(({ start, count }) => start + count) ?? [];
    expect(detail?.chunks.map(({ start }) => start)).toEqual([0, ...ends.slice(0, -1)]);
    expect(ends.at(-1)).toBe(indices?.length);
  });

  for (const format of ["ply", "stl", "obj"] as const) {
    test(`the levels of detail of a large ${format} file follow the mesh, and are those that it would have had`, async () => {
      const request = { path: model(format), root: undefined, drafts: true };
      const later = Promise.withResolvers<LateDetail>();
      const data = (await loadFile(request, () => {}, {
        late: { after: Promise.resolve(), onDetail: later.resolve },
      })) as PreparedMesh;
      const whole = (await readData(request, () => {})) as PreparedMesh;
      const [early] = data.surfaces;
      const [complete] = whole.surfaces;
      expect(early?.awaits).toEqual({ watertight: true });
      expect(early?.detail?.levels).toEqual([]);
      expect(early?.positions).toEqual(complete?.positions ?? new Float32Array());
      expect(early?.normals).toEqual(complete?.normals);
      const { detail, indices = early?.indices, isWatertight } = await later.promise;
      expect(detail).toEqual(complete?.detail as SurfaceDetail);
      expect(indices).toEqual(complete?.indices);
      expect(isWatertight).toBe(true);
      await until(() => workerThreads() === 0, "the Worker has ended");
    });
  }

  test("a mesh that is no longer needed gets no levels of detail, and its Worker's thread ends", async () => {
    const life = new AbortController();
    const request = { path: model("ply"), root: undefined, drafts: true };
    let details = 0;
    const onDetail = () => {
      details += 1;
    };
    const late = { after: Promise.resolve(), onDetail };
    const data = (await loadFile(request, () => {}, { late, life: life.signal })) as PreparedMesh;
    life.abort();
    expect(data.surfaces[0]?.awaits).toBeDefined();
    await until(() => workerThreads() === 0, "the Worker has ended");
    expect(details).toBe(0);
  });

  test("a damaged file has the same error in a Worker as on the calling thread", async () => {
    const bytes = readFileSync(model("ply"));
    // All coordinates become NaN.
    const header = bytes.indexOf("end_header\n") + 11;
    const vertices = Number(/element vertex (\d+)/.exec(bytes.toString("latin1", 0, header))?.[1]);
    bytes.fill(0xff, header, header + 12 * vertices);
    const request = { path: directory.write("damaged.ply", bytes), root: undefined, drafts: true };
    const outcome = (promise: Promise<unknown>) =>
      promise.then(() => undefined).catch((error: unknown) => error);
    const error = await outcome(loadFile(request, () => {}));
    expect(error).toBeInstanceOf(LoadError);
    expect(error).toEqual(await outcome(readData(request, () => {})));
  });

  test("a cancelled load throws the reason of the signal, and its Worker's thread ends", async () => {
    const request = { path: model("obj"), root: undefined, drafts: true };
    const cancel = new AbortController();
    const reason = new Error("cancelled by a viewer");
    const loading = loadFile(request, () => cancel.abort(reason), { signal: cancel.signal });
    expect(await loading.catch((error: unknown) => error)).toBe(reason);
    // The thread of a Worker ends some time after it was terminated.
    await until(() => workerThreads() === 0, "the Worker has ended");
    // A load can also be cancelled before its Worker has started.
    const early = new AbortController();
    const starting = loadFile(request, () => {}, { signal: early.signal });
    early.abort(reason);
    expect(await starting.catch((error: unknown) => error)).toBe(reason);
    await until(() => workerThreads() === 0, "the Worker has ended");
    expect(
      await loadFile(request, () => {}, { signal: cancel.signal }).catch((error: unknown) => error),
    ).toBe(reason);
  });
});

/** Writes a PLY file of a sphere whose triangles are repeated, which is faster than as many different ones. */
function writeRepeatedModel(path: string, triangles: number, copies: number): void {
  const single = `${path}.single`;
  writeLargeModel(single, "ply", triangles);
  const bytes = readFileSync(single);
  const header = bytes.subarray(0, bytes.indexOf("end_header\n") + "end_header\n".length);
  const count = Number(/element face (\d+)/.exec(header.toString())?.[1]);
  const faces = bytes.subarray(bytes.length - 13 * count);
  const vertices = bytes.subarray(header.length, bytes.length - 13 * count);
  const newHeader = Buffer.from(header.toString().replace(`face ${count}`, `face ${copies * count}`));
  writeFileSync(path, Buffer.concat([newHeader, vertices, ...Array<Buffer>(copies).fill(faces)]));
}

test("a coarse version of a very large mesh is available before the whole mesh is prepared", async () => {
  const path = `${directory.path}/very-large.ply`;
  writeRepeatedModel(path, 250_000, 41);
  const coarse: PreparedMesh[] = [];
  const phases: string[] = [];
  const request = { path, root: undefined, drafts: true };
  const onCoarse = (mesh: PreparedMesh) => {
    coarse.push(mesh);
    expect(phases).not.toContain("simplifying");
  };
  const data = (await loadFile(request, (phase) => phases.push(phase), { onCoarse })) as PreparedMesh;
  expect(coarse).toHaveLength(1);
  const [surface] = coarse[0]?.surfaces ?? [];
  const { positions = [], indices = [], normals = [] } = surface ?? {};
  expect(indices.length / 3).toBeWithin(1_000, 150_001);
  expect(normals).toHaveLength(positions.length);
  expect(indices.every((vertex) => vertex < positions.length / 3)).toBe(true);
  expect(data.counts.triangles).toBeGreaterThan(10_000_000);
});
