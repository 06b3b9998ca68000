import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Vector3 } from "three";
import { loadScene } from "../../src/scene/load-scene.ts";
import { SocketClient } from "../server/clients.ts";
import { decodePng, differingShare, type RgbaImage } from "../support/images.ts";
import { bumpySphereObj, cornerObj } from "../support/model.ts";
import { RunningScenecast, runScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

interface Scene {
  readonly version: number;
  readonly layers: readonly (Readonly<Record<string, unknown>> & { readonly id: string })[];
  readonly view: Readonly<Record<string, unknown>>;
}

/** Vertices on a circle with a value each. */
const VALUES = `# vtk DataFile Version 3.0
values
ASCII
DATASET POLYDATA
POINTS 4 float
0 0 0 1 0 0 1 1 0 0 1 0
POLYGONS 1 5
4 0 1 2 3
POINT_DATA 4
SCALARS height float 1
LOOKUP_TABLE default
0 1 2 3
`;

const files = new TemporaryDirectory();
let view: RunningScenecast;

beforeAll(async () => {
  mkdirSync(join(files.path, "more"));
  files.write("ball.obj", bumpySphereObj());
  files.write("values.vtk", VALUES);
  files.write("more/corner.obj", cornerObj());
  files.write("secret.obj", cornerObj());
  const document = files.write(
    "start.scenecast.json",
    JSON.stringify({
      version: 1,
      layers: [
        { id: "ball", file: "ball.obj", color: "orange" },
        { file: "values.vtk", colorBy: "height" },
      ],
      view: { view: "iso", background: "navy" },
    }),
  );
  view = await RunningScenecast.start([
    ...["view", document, "--root", join(files.path, "more"), "--gl-backend", "angle", "--size", "320x240"],
  ]);
});
afterAll(async () => {
  await view[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

async function scene(): Promise<Scene> {
  return (await (await view.fetch("scene")).json()) as Scene;
}

/** A change of the view and of some layers, by id; null removes a property or a layer. */
type Change = Readonly<Record<string, unknown>> & {
  readonly layers?: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
};

/** The list of layers with some changed. */
function changedLayers({ layers }: Scene, changes: NonNullable<Change["layers"]>): object[] {
  const ids = new Set([...layers.map(({ id }) => id), ...Object.keys(changes)]);
  return [...ids].flatMap((id) => {
    const change = changes[id];
    if (change === null) return [];
    const layer = { id, ...layers.find((layer) => layer.id === id), ...change };
    return [Object.fromEntries(Object.entries(layer).filter(([, value]) => value !== null))];
  });
}

/** Sends a patch. @returns the status, and the document or the message */
async function patch({ layers, ...rest }: Change): Promise<[status: number, body: string]> {
  const change = { ...rest, ...(layers && { layers: changedLayers(await scene(), layers) }) };
  const response = await view.fetch("scene", {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json" },
    body: JSON.stringify(change),
  });
  return [response.status, await response.text()];
}

async function accepted(change: Change): Promise<Scene> {
  const [status, body] = await patch(change);
  if (status !== 200) throw new Error(`${status} ${body}`);
  return JSON.parse(body) as Scene;
}

async function snapshot(): Promise<RgbaImage> {
  const response = await view.fetch("snapshot.png");
  if (!response.ok) throw new Error(await response.text());
  return decodePng(new Uint8Array(await response.arrayBuffer()));
}

/** The picture that `render` makes of a document, whose paths are relative to the folder of the files. */
async function rendered(document: Scene): Promise<RgbaImage> {
  const path = files.write("saved.scenecast.json", JSON.stringify(document));
  const output = join(files.path, "saved.png");
  const options = ["-o", output, "--gl-backend", "angle", "--size", "320x240"];
  const { exitCode, stderr } = await runScenecast(["render", path, ...options]);
  if (exitCode !== 0) throw new Error(stderr);
  return decodePng(new Uint8Array(await Bun.file(output).arrayBuffer()));
}

/** Waits until the renderer is another process, which shows a frame. */
async function restarted(pid: number): Promise<void> {
  await view.state<{ renderer: { pid: number; state: string } }>(
    ({ renderer }) => renderer.state === "running" && renderer.pid !== null && renderer.pid !== pid,
  );
}

describe("the scene document of a running view", () => {
  test("is that of its file, with the kinds of the layers and the camera", async () => {
    await snapshot();
    expect(await scene()).toMatchObject({
      version: 1,
      layers: [
        { id: "ball", file: "ball.obj", kind: "mesh", color: "orange" },
        { id: "values", file: "values.vtk", kind: "mesh", colorBy: "height" },
      ],
      view: { background: "navy", view: "iso", camera: { viewAngle: 30 } },
    });
  });

  test.each<[string, Change]>([
    ["a color", { layers: { ball: { color: "lime" } } }],
    ["an opacity and a range", { layers: { values: { opacity: 0.4, range: [1, 2] } } }],
    ["a hidden layer", { layers: { ball: { visible: false } } }],
    ["a colormap without a bar", { layers: { values: { colormap: "hot" } }, view: { scalarBar: false } }],
    ["a threshold", { layers: { values: { threshold: [0.5, 2] } } }],
    ["the defaults again", { layers: { values: { threshold: null, range: null, colormap: null } } }],
    ["background, title and box", { view: { background: "white", title: "New", boundingBox: true } }],
    ["another side", { view: { view: "front", zoom: 0.8 } }],
    ["the projection", { view: { orthographic: true } }],
    ["no box, and perspective", { view: { orthographic: false, boundingBox: null, axes: true } }],
    ["a file below the root", { layers: { corner: { file: "more/corner.obj", color: "pink" } } }],
    ["clip planes with handles", { view: { clipPlanes: "x=0.5;0,1,1,0.8", clipHandles: true } }],
    ["no clip planes", { view: { clipPlanes: null, clipHandles: null } }],
    ["one layer less", { layers: { corner: null, ball: { visible: true } } }],
    ["a camera", { view: { camera: { position: [3, 3, 3], focalPoint: [0, 0, 0], viewUp: [0, 0, 1] } } }],
  ])("after a change of %s, render gives the same picture of it", async (_, change) => {
    const before = await snapshot();
    const document = await accepted(change);
    expect(await scene()).toEqual(document);
    const shown = await snapshot();
    expect(differingShare(before, shown, 2)).toBeGreaterThan(0);
    const picture = await rendered(document);
    expect(differingShare(shown, picture, 2)).toBeLessThan(0.002);
  });

  test.each<[Change, number, RegExp]>([
    [{ layers: { values: { colorBy: "width" } } }, 409, /^values\.vtk: VTK: it has no array "width"/],
    [{ layers: { ball: { kind: "points" } } }, 409, /says points, and the file is shown as mesh\.\n$/],
    [{ layers: { ball: { slice: "x" } } }, 400, /layers\[0\]\.slice is not for layers of the kind mesh\.\n$/],
    [{ layers: { x: { file: "secret.obj" } } }, 403, /may use the files that scenecast was started with/],
    [{ layers: { x: { file: "/etc/passwd" } } }, 403, /may use the files/],
    [{ time: 7 }, 409, /there is no time step 7: there are 1/],
    [{ view: { camera: { viewUp: [0, 0, 0] } } }, 409, /viewUp must not be zero/],
    [{ layers: { ball: { opacity: 7 } } }, 400, /opacity must be a number from 0 to 1\.\n$/],
  ])("a change that cannot be shown leaves everything as it was: %j", async (change, status, message) => {
    const [before, picture] = [await scene(), await snapshot()];
    const [actual, body] = await patch(change);
    expect(body).toMatch(message);
    expect(body).not.toContain(files.path);
    expect(actual).toBe(status);
    expect(await scene()).toEqual(before);
    expect(differingShare(picture, await snapshot(), 0)).toBe(0);
  });

  test("has the camera of the viewer that steers", async () => {
    const before = await scene();
    const viewer = await SocketClient.open(view.url);
    viewer.send({ event_type: "wheel", dy: -400, time_stamp: 1 });
    await viewer.settle();
    await snapshot();
    const after = await scene();
    expect(after.view.camera).not.toEqual(before.view.camera);
    const { camera } = await view.state<{ camera: unknown }>();
    expect(after.view.camera).toEqual(camera as never);
    viewer.close();
  });

  test("survives a renderer that is killed", async () => {
    const document = await accepted({
      layers: { ball: { color: "purple" } },
      view: { title: "Kept", view: "top" },
    });
    const picture = await snapshot();
    const { renderer } = await view.state<{ renderer: { pid: number } }>();
    process.kill(renderer.pid, "SIGKILL");
    await restarted(renderer.pid);
    expect(differingShare(picture, await snapshot(), 2)).toBeLessThan(0.002);
    expect(await scene()).toEqual(document);
    expect((await accepted({ view: { title: null } })).view.title).toBeUndefined();
  });

  test("without layers is an empty picture, and its files can be shown again", async () => {
    const { layers } = await accepted({ view: { axes: false, title: null } });
    const response = await view.fetch("scene", {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: '{"layers": []}',
    });
    expect(response.status).toBe(200);
    const { data } = await snapshot();
    expect(new Set(new Uint32Array(data.slice().buffer)).size).toBe(1);
    expect(
      (await accepted({ layers: Object.fromEntries(layers.map(({ id, ...layer }) => [id, layer])) })).layers,
    ).toEqual(layers);
    expect(new Set(new Uint32Array((await snapshot()).data.slice().buffer)).size).toBeGreaterThan(1);
  });

  test("the command of a viewer changes one property of a layer", async () => {
    const viewer = await SocketClient.open(view.url);
    const send = async (id: number, layer: string, change: object) => {
      viewer.send({ type: "command", id, command: { type: "layer", layer, change } });
      return await viewer.next("command-result", (result) => result.id === id);
    };
    expect((await send(1, "values", { colormap: "jet" })).error).toBeUndefined();
    expect((await scene()).layers[1]).toMatchObject({ id: "values", colorBy: "height", colormap: "jet" });
    expect((await send(2, "values", { colormap: "red" })).error).toMatchObject({
      code: "failed",
      message: expect.stringMatching(/colormap must be one of viridis/),
    });
    viewer.close();
  });

  test("has the clip plane that a viewer drags by its handle", async () => {
    // Handles are at the middle of the scene.
    const { bounds, dispose } = await loadScene(
      ["ball.obj", "values.vtk"].map((name) => join(files.path, name)),
    );
    const { x, y, z } = bounds.getCenter(new Vector3());
    dispose();
    await accepted({
      view: {
        camera: { position: [x, y, z + 9], focalPoint: [x, y, z], viewUp: [0, 1, 0], viewAngle: 30 },
        clipPlanes: `x=${x};-z=-100`,
        clipHandles: true,
      },
    });
    await snapshot();
    const viewer = await SocketClient.open(view.url);
    const { width, height } = await snapshot();
    const pointer = (event_type: string, x: number, time: number) =>
      viewer.send({ event_type, x: x * width, y: 0.5 * height, button: 1, buttons: [1], time_stamp: time });
    await viewer.next("scene");
    pointer("pointer_down", 0.5, 2);
    pointer("pointer_move", 0.55, 2.1);
    pointer("pointer_up", 0.55, 2.2);
    const { document } = await viewer.next(
      "scene",
      ({ document }) => (document as unknown as Scene).view.clipPlanes !== `x=${x};-z=-100`,
    );
    viewer.close();
    const { clipPlanes } = (document as unknown as Scene).view;
    expect(clipPlanes).toMatch(/^x=\d+\.\d+;-z=-\d+/);
    const shown = await snapshot();
    expect((await scene()).view.clipPlanes).toBe(clipPlanes);
    expect(differingShare(shown, await rendered(await scene()), 24)).toBeLessThan(0.002);
    await accepted({ view: { clipPlanes: null, clipHandles: null } });
  });

  test("changed by one viewer, it reaches the other one", async () => {
    const viewers = await Promise.all([1, 2].map(() => SocketClient.open(view.url)));
    await accepted({ layers: { values: { opacity: 0.25 } } });
    for (const viewer of viewers) {
      const { document } = await viewer.next("scene", (message) => JSON.stringify(message).includes("0.25"));
      expect(document).toMatchObject({ layers: [{ id: "ball" }, { id: "values", opacity: 0.25 }] });
      viewer.close();
    }
  });
});
