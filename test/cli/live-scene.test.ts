import { beforeEach, describe, expect, test } from "bun:test";
import { LiveScene } from "../../src/cli/live-scene.ts";
import type { SceneRequest } from "../../src/cli/renderer-protocol.ts";
import { RendererGoneError } from "../../src/cli/renderer-requests.ts";
import { documentOf } from "../../src/document/document-layers.ts";
import { SceneFiles } from "../../src/document/scene-files.ts";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import type { Json, ScenePatchError } from "../../src/server/renderer/scene-control.ts";

const CAMERA: CameraState = { position: [0, 0, 5], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 };
const START = documentOf([{ path: "/data/a.ply" }, { path: "/data/b.ply", style: { opacity: 0.5 } }]);

/** A renderer that answers when the test says so. */
class SlowRenderer {
  readonly requests: { readonly scene: SceneRequest; readonly answer: (error?: Error) => void }[] = [];
  camera: CameraState | undefined;
  changes = 0;
  readonly scene: LiveScene;

  constructor() {
    this.scene = new LiveScene(START, {
      files: new SceneFiles(START, {}),
      camera: () => this.camera,
      show: (scene) =>
        new Promise((resolve, reject) => {
          this.requests.push({ scene, answer: (error) => (error === undefined ? resolve() : reject(error)) });
        }),
    });
    this.scene.onChange = () => this.changes++;
  }

  /** Answers the newest request, and waits until the next one could have come. */
  async answer(error?: Error): Promise<void> {
    this.requests.at(-1)?.answer(error);
    await Bun.sleep(0);
  }

  get newest(): SceneRequest | undefined {
    return this.requests.at(-1)?.scene;
  }
}

let renderer: SlowRenderer;
beforeEach(() => {
  renderer = new SlowRenderer();
});

const A = { id: "a", file: "a.ply" };
const B = { id: "b", file: "b.ply", opacity: 0.5 };
const opacity = (value: number) => ({ layers: [{ ...A, opacity: value }, B] });

/** The status and message of a refused patch. */
async function refusal(patch: Json): Promise<[status: number, message: string]> {
  const error = await renderer.scene.patch(patch).then(
    () => undefined,
    (reason: ScenePatchError) => reason,
  );
  if (error === undefined) throw new Error("The patch was accepted.");
  return [error.status, error.message];
}

describe("the scene of a running view", () => {
  test("is its document with names of files, kinds, and the camera that is seen", () => {
    expect(renderer.scene.document).toEqual({
      version: 1,
      layers: [A, B],
      view: {},
    });
    renderer.camera = CAMERA;
    renderer.scene.setKinds({ a: "mesh", b: "points" });
    expect(renderer.changes).toBe(1);
    expect(renderer.scene.document).toEqual({
      version: 1,
      layers: [
        { ...A, kind: "mesh" },
        { ...B, kind: "points" },
      ],
      view: { camera: CAMERA },
    });
  });

  test("changes once the renderer has accepted the patch, which gets absolute paths", async () => {
    const result = renderer.scene.patch({ ...opacity(0.2), view: { axes: true }, time: 3 });
    expect(renderer.newest).toEqual({
      document: {
        version: 1,
        layers: [
          { id: "a", file: "/data/a.ply", opacity: 0.2 },
          { id: "b", file: "/data/b.ply", opacity: 0.5 },
        ],
        view: { axes: true },
        time: 3,
      },
      camera: "keep",
    });
    expect(renderer.scene.document.time).toBeUndefined();
    await renderer.answer();
    expect(await result).toEqual(renderer.scene.document);
    expect(renderer.scene.document.time).toBe(3);
    expect(renderer.changes).toBe(1);
  });

  test("merges the patches that arrive while the renderer is busy: it gets the newest document only", async () => {
    const results = [renderer.scene.patch(opacity(0.01))];
    for (let i = 2; i <= 60; i++) results.push(renderer.scene.patch(opacity(i / 100)));
    results.push(renderer.scene.patch({ view: { title: "New" } }));
    expect(renderer.requests).toHaveLength(1);
    await renderer.answer();
    expect(renderer.requests).toHaveLength(2);
    expect(renderer.newest?.document).toMatchObject({
      layers: [{ opacity: 0.6 }, {}],
      view: { title: "New" },
    });
    await renderer.answer();
    const [first, ...others] = await Promise.all(results);
    expect(first).toMatchObject({ layers: [{ opacity: 0.01 }, B], view: {} });
    for (const other of others)
      expect(other).toMatchObject({ layers: [{ opacity: 0.6 }, B], view: { title: "New" } });
    expect(renderer.requests).toHaveLength(2);
  });

  test("if the renderer refuses merged patches, each is tried alone, and only the wrong one is refused", async () => {
    const busy = renderer.scene.patch({ view: { axes: true } });
    const [good, bad, better] = [
      renderer.scene.patch(opacity(0.3)),
      refusal({ layers: [{ ...A, colorBy: "nothing" }] }),
      renderer.scene.patch({ time: 2 }),
    ];
    await renderer.answer();
    await busy;
    for (let i = 0; i < 4; i++) {
      const hasNothing = renderer.newest?.document.layers[0]?.colorBy === "nothing";
      await renderer.answer(hasNothing ? new Error('a.ply: it has no array "nothing"') : undefined);
    }
    expect(await bad).toEqual([409, 'a.ply: it has no array "nothing".']);
    await Promise.all([good, better]);
    expect(renderer.scene.document).toMatchObject({ layers: [{ opacity: 0.3 }, B], time: 2 });
    expect(renderer.newest?.document.layers[0]?.colorBy).toBeUndefined();
  });

  test("a patch after a refused one is checked again, without it", async () => {
    renderer.camera = CAMERA;
    const refused = refusal({ view: { title: "x" } });
    const next = renderer.scene.patch({ view: { axes: true } });
    await renderer.answer(new Error("it cannot be shown"));
    expect((await refused)[0]).toBe(409);
    expect(renderer.newest?.document.view).toEqual({ axes: true });
    await renderer.answer();
    expect((await next).view).toEqual({ axes: true, camera: CAMERA });
  });

  test("a part of the camera is a part of the one that is seen; the sides frame the scene", async () => {
    renderer.camera = CAMERA;
    void renderer.scene.patch({ view: { camera: { viewAngle: 10 } } });
    expect(renderer.newest).toMatchObject({
      camera: "set",
      document: { view: { camera: { ...CAMERA, viewAngle: 10 } } },
    });
    await renderer.answer();
    void renderer.scene.patch({ view: { view: "left" } });
    expect(renderer.newest).toMatchObject({ camera: "frame", document: { view: { view: "left" } } });
    expect(renderer.newest?.document.view.camera).toBeUndefined();
    await renderer.answer();
    void renderer.scene.patch({ view: { camera: null } });
    expect(renderer.newest?.camera).toBe("frame");
    // A drag while the renderer is busy must not be undone by an unrelated change.
    void renderer.scene.patch({ view: { title: "x" } });
    await renderer.answer();
    expect(renderer.newest).toMatchObject({ camera: "keep", document: { view: { title: "x" } } });
  });

  test.each<[string, unknown, number, RegExp]>([
    [
      "an unknown key",
      { layers: [{ ...A, opacty: 1 }] },
      400,
      /\]\.opacty is unknown; did you mean opacity\?$/,
    ],
    ["a wrong value", opacity(2), 400, /layers\[0\]\.opacity must be a number from 0 to 1\.$/],
    ["no file", { layers: [{ id: "a" }] }, 400, /layers\[0\]\.file is missing\.$/],
    ["no version", { version: null }, 400, /version is missing/],
    ["no layers", { layers: null }, 400, /layers is missing/],
    ["a part of no camera", { view: { camera: { viewAngle: 10 } } }, 400, /view\.camera\.\w+ is missing/],
    ["another file", { layers: [{ file: "/etc/passwd" }] }, 403, /that scenecast was started with/],
    ["another mask", { layers: [{ ...A, mask: "../x.nii" }] }, 403, /may use the files/],
    ["a new layer of another file", { layers: [A, { file: "c.ply" }] }, 403, /may use the files/],
    ["another overlay", { layers: [{ ...A, overlays: [{ file: "c" }] }] }, 403, /may use the files/],
    ["numbered files", { layers: [{ ...A, series: true }] }, 403, /time steps of this file are other files/],
    ["a prototype", JSON.parse('{"__proto__": {"a": 1}}'), 400, /__proto__/],
    ["deep objects", JSON.parse(`${'{"layers":'.repeat(1000)}1${"}".repeat(1000)}`), 400, /too deep/],
    ["deep lists", { layers: JSON.parse("[".repeat(30_000) + "]".repeat(30_000)) }, 400, /too deep/],
  ])("refuses a patch with a sentence: %s", async (_, patch, status, message) => {
    const [actual, text] = await refusal(patch as Json);
    expect(actual).toBe(status);
    expect(text).toMatch(message);
    expect(renderer.requests).toHaveLength(0);
    expect(renderer.scene.document.layers).toEqual([A, B]);
  });

  test("a change of one layer keeps those of others that arrive at the same time", async () => {
    const results = [
      renderer.scene.changeLayer("a", { opacity: 0.1 }),
      renderer.scene.changeLayer("b", { opacity: null, colormap: "hot" }),
      renderer.scene.changeLayer("a", { colormap: "jet" }),
    ];
    await renderer.answer();
    await renderer.answer();
    await Promise.all(results);
    expect(renderer.scene.document.layers).toEqual([
      { ...A, opacity: 0.1, colormap: "jet" },
      { id: "b", file: "b.ply", colormap: "hot" },
    ]);
    expect(renderer.scene.changeLayer("c", {})).rejects.toThrow("The scene has no layer with this id.");
    expect(renderer.scene.changeLayer("a", { opacty: 1 })).rejects.toThrow("opacty is unknown");
    expect(renderer.scene.changeLayer("a", { file: "/etc/passwd" })).rejects.toThrow("may use the files");
  });

  test("shows the layers in the order of their ids, with changes that arrive at the same time", async () => {
    const results = [
      renderer.scene.orderLayers(["b", "a"]),
      renderer.scene.changeLayer("a", { opacity: 0.1 }),
    ];
    await renderer.answer();
    await renderer.answer();
    await Promise.all(results);
    expect(renderer.scene.document.layers).toEqual([B, { ...A, opacity: 0.1 }]);
    for (const ids of [["b"], ["b", "b"], ["b", "a", "c"]])
      expect(renderer.scene.orderLayers(ids)).rejects.toThrow("the id of each layer of the scene, once");
  });

  test("follows slices that a command has moved", async () => {
    renderer.scene.setKinds({ a: "volume", b: "volume" });
    const change = renderer.scene.changeLayer("b", { slice: "y=1mm, z" });
    await renderer.answer();
    await change;
    const { layers } = renderer.scene.moveSlices({ x: 1.5, z: -2 });
    expect(layers.map(({ slice }) => slice)).toEqual(["x=1.5,y,z=-2", "y=1mm,z=-2"]);
    expect(layers.map(({ file }) => file)).toEqual(["/data/a.ply", "/data/b.ply"]);
    renderer.scene.setKinds({ a: "mesh", b: "volume" });
    expect(renderer.scene.moveSlices({ x: 7 }).layers[0]?.slice).toBe("x=1.5,y,z=-2");
  });

  test("is as before when the renderer ends, and says that it can be tried again", async () => {
    const refused = refusal(opacity(0.1));
    await renderer.answer(new RendererGoneError("The renderer stopped before it executed this."));
    expect(await refused).toEqual([503, "The renderer stopped before it executed this."]);
    expect(renderer.scene.document.layers).toEqual([A, B]);
  });

  test("limits the number of patches that wait", async () => {
    const waiting = Array.from({ length: 257 }, () => renderer.scene.patch(opacity(0.5)));
    expect((await refusal(opacity(0.6)))[0]).toBe(429);
    await renderer.answer();
    await renderer.answer();
    await Promise.all(waiting);
    expect(renderer.requests).toHaveLength(2);
  });

  test("changes of one layer by two viewers at once are merged", async () => {
    const results = [
      renderer.scene.changeLayer("a", { opacity: 0.25 }),
      renderer.scene.changeLayer("a", { color: "red" }),
      renderer.scene.patch({ view: { title: "Both" } }),
    ];
    await renderer.answer();
    await renderer.answer();
    await Promise.all(results);
    expect(renderer.requests).toHaveLength(2);
    expect(renderer.scene.document).toMatchObject({
      layers: [{ ...A, opacity: 0.25, color: "red" }, B],
      view: { title: "Both" },
    });
  });

  test.each([
    ["a prototype", JSON.parse('{"__proto__": {"a": 1}}'), 400],
    ["a deep value", { opacity: JSON.parse(`${"[".repeat(500)}1${"]".repeat(500)}`) }, 400],
    ["an unknown key", { constructor: { prototype: {} } }, 400],
    ["another file", { file: "/etc/passwd" }, 403],
    ["a file of a property", { kind: "streamlines", mask: "../../etc/passwd" }, 403],
    ["the id of another layer", { id: "b" }, 400],
  ])("a change of a layer with %s is refused, and nothing changes", async (_, change: Json, status) => {
    const error = await renderer.scene.changeLayer("a", change).then(
      () => undefined,
      (reason: ScenePatchError) => reason,
    );
    expect(error?.status).toBe(status as never);
    expect(renderer.requests).toHaveLength(0);
    expect(renderer.scene.document.layers).toEqual([A, B]);
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});
