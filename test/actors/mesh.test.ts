import { describe, expect, test } from "bun:test";
import type { LineSegments, Mesh, MeshLambertMaterial } from "three";
import { buildActor } from "../../src/actors/build-actor.ts";
import type { Mesh as MeshData, Surface } from "../../src/formats/data-kinds.ts";
import { prepareData } from "../../src/loading/prepare-data.ts";
import { meshData } from "../loading/mesh-data.ts";

const mesh = (surfaces: readonly Surface[], rest: Partial<MeshData> = {}) =>
  prepareData(meshData(surfaces, rest), { path: "made.obj", format: "OBJ", drafts: true }, () => {});

describe("the actor of a mesh", () => {
  test("elements that share an array share its buffer attribute, without a copy", async () => {
    const positions = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0]);
    const lines = { positions, indices: new Uint32Array([0, 1]) };
    const surface = { positions, indices: new Uint32Array([0, 1, 2]) };
    const { object } = await buildActor(mesh([surface], { lines, origin: [5, 6, 7] }));
    const [triangles, segments] = object.children as [Mesh, LineSegments];
    const attribute = triangles.geometry.getAttribute("position");
    expect(attribute.array).toBe(positions);
    expect(segments.geometry.getAttribute("position")).toBe(attribute);
    expect(object.position.toArray()).toEqual([5, 6, 7]);
  });

  test("missing normals are computed across surfaces, and those of the file are kept", async () => {
    const nan = Number.NaN;
    const left = new Float32Array([0, 0, 0, 1, 0, 0, 1, 1, 0]);
    const right = new Float32Array([1, 1, 0, 1, 0, 0, 2, 0, 0.5]);
    const ownNormals = new Float32Array([nan, nan, nan, nan, nan, nan, 1, 0, 0]);
    const { object } = await buildActor(
      mesh([
        { positions: left, normals: new Float32Array(9).fill(nan) },
        { positions: right, normals: ownNormals },
      ]),
    );
    const [a, b] = (object.children as Mesh[]).map(({ geometry }) => geometry.getAttribute("normal").array);
    // Vertex 1 of both surfaces is at the same position.
    expect([...(a?.slice(3, 6) ?? [])]).toEqual([...(b?.slice(3, 6) ?? [])]);
    expect([...(b?.slice(6) ?? [])]).toEqual([1, 0, 0]);
  });

  test("surfaces with the same image share its pixels on the GPU", async () => {
    const image = { data: new Uint8Array(16), width: 2, height: 2 };
    const material = { name: "wood", lighting: "lambert", textures: { diffuse: { image } } } as const;
    const surface = { positions: new Float32Array(9), uvs: new Float32Array(6), material };
    const { object } = await buildActor(mesh([surface, { ...surface }]));
    const [first, second] = (object.children as Mesh[]).map(
      ({ material: meshMaterial }) => meshMaterial as MeshLambertMaterial,
    );
    expect(first?.map?.source).toBeDefined();
    expect(first?.map?.source).toBe(second?.map?.source as never);
  });
});
