import { afterAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { PNG } from "pngjs";
import type { RendererCommand } from "../../src/protocol/commands.ts";
import { SocketClient } from "../server/clients.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());

const triangle = (z: number) => `v 0 0 ${z}\nv 1 0 ${z}\nv 0 1 ${z}\nf 1 2 3\n`;
const CAMERA = {
  position: [0.5, 0.5, 9],
  focalPoint: [0.5, 0.5, 0],
  viewUp: [0, 1, 0],
  viewAngle: 20,
} as const;

interface State {
  camera: unknown;
  frame: { width: number; height: number } | null;
  renderer: { state: string };
}

/** A NIfTI-1 file of 8 x 8 x 8 voxels of 1 mm, whose values are their x. */
function stripes(): Uint8Array {
  const bytes = new Uint8Array(352 + 512);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 348, true);
  for (const [i, size] of [3, 8, 8, 8, 1, 1, 1, 1].entries()) view.setInt16(40 + 2 * i, size, true);
  view.setInt16(70, 2, true); // uint8
  view.setInt16(72, 8, true);
  for (let i = 0; i < 4; i += 1) view.setFloat32(76 + 4 * i, 1, true);
  view.setFloat32(108, 352, true);
  view.setInt16(254, 1, true);
  for (let row = 0; row < 3; row += 1) view.setFloat32(280 + 20 * row, 1, true);
  bytes.set([0x6e, 0x2b, 0x31, 0], 344);
  for (let i = 0; i < 512; i += 1) bytes[352 + i] = i % 8;
  return bytes;
}

/** Sends a command and returns its result. */
async function execute(socket: SocketClient, command: RendererCommand) {
  const id = Math.random();
  socket.send({ type: "command", id, command });
  const { error } = await socket.next("command-result", (result) => result.id === id);
  return error;
}

describe("commands to the renderer of view", () => {
  test("commands set the camera, resize the view and load the files again, as the result confirms", async () => {
    const path = files.write("triangle.obj", triangle(0));
    await using view = await RunningScenecast.start(["view", path, "--size", "96x64"]);
    await view.state<State>(({ renderer }) => renderer.state === "running");
    const stream = await view.fetch("video/mjpeg?size=96x64"); // frames are rendered for viewers only
    const socket = await SocketClient.open(view.url);
    expect((await socket.next("hello")).commands).toEqual([
      "reload",
      "cancel",
      "slices",
      "layer",
      "order",
      "focus",
      "scene",
      "play",
      "camera",
      "pick",
      "control",
      "resize",
    ]);

    expect(await execute(socket, { type: "camera", camera: CAMERA })).toBeUndefined();
    expect((await view.state<State>(({ camera }) => Bun.deepEquals(camera, CAMERA))).camera).toEqual(CAMERA);

    expect(await execute(socket, { type: "resize", width: 120, height: 90 })).toBeUndefined();
    const resized = await view.state<State>(({ frame }) => frame?.width === 120);
    expect(resized.frame).toMatchObject({ width: 120, height: 90 });

    expect(await execute(socket, { type: "reload" })).toBeUndefined();
    writeFileSync(path, "this is no OBJ");
    const error = await execute(socket, { type: "reload" });
    expect(error).toMatchObject({ code: "failed", message: expect.stringMatching(/^triangle\.obj: /) });
    socket.close();
    await stream.body?.cancel();
  });

  test("a command moves the slices of a volume, and is refused for a scene without slices", async () => {
    const path = files.write("stripes.nii", stripes());
    await using view = await RunningScenecast.start([
      "view",
      path,
      "--slice",
      "x",
      "--size",
      "96x64",
      "--view",
      "left",
      "--no-scalar-bar",
      "--range",
      "0,7",
    ]);
    await view.state<State>(({ renderer }) => renderer.state === "running");
    const socket = await SocketClient.open(view.url);
    const brightness = async (): Promise<number> => {
      const png = PNG.sync.read(Buffer.from(await (await view.fetch("snapshot.png")).arrayBuffer()));
      return png.data[4 * (32 * 96 + 48)] ?? 0;
    };
    expect(await brightness()).toBe(Math.round((255 * 4) / 7));
    expect(await execute(socket, { type: "slices", x: 7, y: 2 })).toBeUndefined();
    expect(await brightness()).toBe(255);
    await using other = await RunningScenecast.start([
      "view",
      files.write("plain.obj", triangle(0)),
      "--size",
      "96x64",
    ]);
    await other.state<State>(({ renderer }) => renderer.state === "running");
    const plain = await SocketClient.open(other.url);
    expect(await execute(plain, { type: "slices", z: 7 })).toEqual({
      code: "failed",
      message: "No slices of a volume are shown.",
    });
    socket.close();
    plain.close();
  });

  test("commands are refused with a sentence if the camera cannot be set or the size is fixed", async () => {
    await using view = await RunningScenecast.start(["view", "--size", "96x64", "--fixed-size"]);
    await view.state<State>(({ renderer }) => renderer.state === "running");
    const socket = await SocketClient.open(view.url);
    // The demo scene has no files to load again.
    expect((await socket.next("hello")).commands).toEqual(["camera", "pick"]);
    expect(await execute(socket, { type: "resize", width: 120, height: 90 })).toMatchObject({
      code: "not-supported",
    });
    const wide = { ...CAMERA, viewAngle: 179 };
    expect(await execute(socket, { type: "camera", camera: wide })).toEqual({
      code: "failed",
      message: "camera viewAngle must be 0.001 to 160 degrees, not 179",
    });
    socket.close();
  });
});
