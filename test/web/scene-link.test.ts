import { describe, expect, test } from "bun:test";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { mergePatch } from "../../src/document/merge-patch.ts";
import { hasScene, linkTo, readLink } from "../../src/web/scene/scene-link.ts";
import { type Json, mergePatchBetween, patchToState, stateOf } from "../../src/web/scene/scene-state.ts";

const DOCUMENT = {
  version: 1,
  time: 3,
  layers: [
    { id: "brain", file: "lh.pial", kind: "mesh", opacity: 0.4 },
    { id: "bundle", file: "bundle.trk", kind: "streamlines", range: [0.1, 1] },
  ],
  view: { camera: { position: [1 / 3, 2, 1e-9], focalPoint: [0, 0, 0], viewUp: [0, 0, 1], viewAngle: 30 } },
};

const encode = (data: string | Uint8Array) => `#scene=${deflateRawSync(data).toString("base64url")}`;

describe("a link to a view", () => {
  test("a link to a view has neither the token nor the paths of files, and gives the view back", async () => {
    const state = stateOf(DOCUMENT);
    const link = new URL(
      await linkTo({ href: "https://a.example/viz/?token=secret&encoding=jpeg#x" }, state),
    );
    expect(link.href).toStartWith("https://a.example/viz/?encoding=jpeg#scene=");
    expect(hasScene(link.hash)).toBe(true);
    const read = await readLink(link.hash);
    expect(read).toEqual(state);
    expect(JSON.stringify(read)).not.toContain("lh.pial");
    const { camera, ...view } = read.view as typeof DOCUMENT.view;
    expect(view).toEqual({});
    for (const [axis, value] of DOCUMENT.view.camera.position.entries())
      expect(camera.position[axis]).toBeCloseTo(value, 7);
  });

  test.each([
    ["no base64", "#scene=%%%"],
    ["nothing", "#scene="],
    ["no deflated data", "#scene=abcd"],
    ["no JSON", encode("{")],
    ["no object", encode("[1]")],
    ["layers that are no list", encode('{"version":1,"view":{},"layers":{}}')],
    ["layers that are no objects", encode('{"version":1,"view":{},"layers":[1]}')],
    ["no view", encode('{"version":1,"layers":[]}')],
  ])("a link with %s is called damaged", async (_, hash) => {
    await expect(readLink(hash)).rejects.toThrow("The saved view in this link is damaged or incomplete.");
  });

  test("a link that inflates to gigabytes, or is long itself, is called too large", async () => {
    const bomb = encode(new Uint8Array(40 << 20));
    expect(bomb.length).toBeLessThan(60_000);
    for (const hash of [bomb, `#scene=${"A".repeat(70_000)}`])
      await expect(readLink(hash)).rejects.toThrow("The saved view in this link is too large.");
  });
});

describe("the patch to a view", () => {
  /** Objects without null, which a merge patch cannot set. */
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.integer(),
      fc.string(),
      fc.boolean(),
      fc.array(fc.integer()),
      tie("object"),
    ),
    object: fc.dictionary(
      fc.constantFrom("view", "camera", "layers", "x", "constructor", "toString"),
      tie("value"),
      { maxKeys: 4, depthIdentifier: "json" },
    ),
  })).object;

  test("the patch to a view makes the one of any scene", () => {
    fc.assert(
      fc.property(value, value, (scene, target) => {
        expect(mergePatch(scene, mergePatchBetween(scene as Json, target as Json))).toEqual(target);
      }),
    );
  });

  test("the patch to a view resets what it does not have, and leaves layers alone that it does not know", () => {
    const scene = {
      ...DOCUMENT,
      layers: [
        { ...DOCUMENT.layers[0], colormap: "magma", opacity: 0.1 },
        { id: "new", file: "new.obj", kind: "mesh" },
      ],
      view: { axes: true },
    };
    const { patch, missing } = patchToState(scene, stateOf(DOCUMENT));
    expect(missing).toEqual(["bundle"]);
    expect(mergePatch(scene, patch)).toMatchObject({
      layers: [
        { id: "brain", file: "lh.pial", kind: "mesh", opacity: 0.4 },
        { id: "new", file: "new.obj", kind: "mesh" },
      ],
    });
    expect(patch.view).toMatchObject({ axes: null });
    expect(JSON.stringify(patch)).not.toContain("magma");
    expect(patchToState(DOCUMENT, stateOf(DOCUMENT)).patch).not.toContainKeys(["layers", "time", "version"]);
  });

  test("the patch to a view restores the order of its layers, and leaves others in their places", () => {
    const scene = {
      version: 1,
      view: {},
      layers: ["a", "new", "b", "c"].map((id) => ({ id, file: `${id}.obj`, kind: "mesh" })),
    };
    const state = { version: 1, view: {}, layers: ["c", "gone", "a", "b"].map((id) => ({ id })) };
    const { patch, missing } = patchToState(scene, state);
    expect(missing).toEqual(["gone"]);
    expect(mergePatch(scene, patch)).toEqual({
      ...scene,
      layers: ["c", "new", "a", "b"].map((id) => ({ id, file: `${id}.obj`, kind: "mesh" })),
    });
    const ids = fc.shuffledSubarray(["a", "b", "c", "d", "e"]);
    fc.assert(
      fc.property(ids, ids, (shown, wanted) => {
        const before = { version: 1, view: {}, layers: shown.map((id) => ({ id, file: id })) };
        const patched = patchToState(before, { ...before, layers: wanted.map((id) => ({ id })) }).patch;
        const { layers } = mergePatch(before, patched) as typeof before;
        const known = wanted.filter((id) => shown.includes(id));
        expect(layers.map(({ id }) => id).filter((id) => wanted.includes(id))).toEqual(known);
        expect(layers.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(
          before.layers.toSorted((a, b) => a.id.localeCompare(b.id)),
        );
      }),
    );
  });
});
