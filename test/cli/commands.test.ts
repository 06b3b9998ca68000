import { afterAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
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
    expect((await socket.next("hello")).commands).toEqual(["reload", "cancel", "camera", "resize"]);

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

  test("commands are refused with a sentence if the camera cannot be set or the size is fixed", async () => {
    await using view = await RunningScenecast.start(["view", "--size", "96x64", "--fixed-size"]);
    await view.state<State>(({ renderer }) => renderer.state === "running");
    const socket = await SocketClient.open(view.url);
    // The demo scene has no files to load again.
    expect((await socket.next("hello")).commands).toEqual(["camera"]);
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
