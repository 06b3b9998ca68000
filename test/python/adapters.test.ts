import { describe, expect, test } from "bun:test";
import { eventually } from "../server/clients.ts";
import { FrameClient } from "../server/frame-client.ts";
import { PythonModuleProgram } from "../support/python-module.ts";

const key = { event_type: "key_down", key: "a", time_stamp: 1 };
const resize = { event_type: "resize", width: 100, height: 50, pixel_ratio: 2, time_stamp: 1 };

describe("scenecast.callback", () => {
  test("draws in the size of the viewer's window, on request, after events, and only while there are viewers", async () => {
    await using program = PythonModuleProgram.start("callback_view.py");
    const url = await program.next<string>();
    program.send({ do: "draw" });
    program.send({ do: "viewers" });
    expect(await program.next()).toEqual(["viewers", 0]);
    const viewer = await FrameClient.open(url);
    expect(await program.next()).toEqual(["draw", 1, 64, 48]);
    await viewer.waitForGrey(1);
    viewer.send(resize);
    expect(await program.next()).toEqual(["event", "resize", true]);
    expect(await program.next()).toEqual(["draw", 2, 200, 100]);
    viewer.send(key);
    expect(await program.next()).toEqual(["event", "key_down", true]);
    expect(await program.next()).toEqual(["draw", 3, 200, 100]);
    program.send({ do: "draw" });
    expect(await program.next()).toEqual(["draw", 4, 200, 100]);
    viewer.close();
    await eventually(async () => {
      program.send({ do: "viewers" });
      return (await program.next<unknown[]>())[1] === 0;
    }, "the viewer has gone");
    program.send({ do: "draw" });
    const next = await FrameClient.open(url);
    expect(await program.next()).toEqual(["draw", 5, 200, 100]);
    next.close();
    expect(await program.ended()).toEqual({ exitCode: 0, stdout: '["end"]\n', stderr: "" });
  });

  test("an exception in the function is a sentence, the last picture stays, and the next draw follows", async () => {
    await using program = PythonModuleProgram.start("callback_view.py");
    const viewer = await FrameClient.open(await program.next<string>());
    expect(await program.next()).toEqual(["draw", 1, 64, 48]);
    await viewer.waitForGrey(1);
    for (const number of [2, 3]) {
      program.send({ do: "fail" });
      expect(await program.next()).toEqual(["draw", number, 64, 48]);
    }
    expect(viewer.numbers.length).toBe(1);
    program.send({ do: "draw" });
    expect(await program.next()).toEqual(["draw", 4, 64, 48]);
    await eventually(() => viewer.numbers.length === 2, "the next frame");
    viewer.close();
    const { stderr } = await program.ended();
    expect(stderr).toBe("A frame could not be drawn. The last picture stays. (ValueError: no data)\n");
  });

  test("in an event loop of asyncio the loop serves, and a view that is dropped ends its page", async () => {
    await using program = PythonModuleProgram.start("callback_view.py", "async");
    const url = await program.next<string>();
    const viewer = await FrameClient.open(url);
    expect(await program.next()).toEqual(["draw", 1, 64, 48]);
    viewer.send(key);
    expect(await program.next()).toEqual(["event", "key_down", true]);
    expect(await program.next()).toEqual(["draw", 2, 64, 48]);
    program.send({ do: "drop" });
    expect(await program.next()).toEqual(["dropped"]);
    await viewer.closed;
    expect(fetch(url)).rejects.toThrow();
    expect(await program.ended()).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });
});

test("scenecast.rendercanvas gives an off-screen canvas the viewers' events, and draws on its request", async () => {
  await using program = PythonModuleProgram.start("canvas_view.py");
  const viewer = await FrameClient.open(await program.next<string>());
  expect(await program.next()).toEqual(["draw", 80, 60]);
  viewer.send(resize);
  const { time_stamp: _, ...resized } = resize;
  expect(await program.next()).toEqual(resized);
  expect(await program.next()).toEqual(["draw", 200, 100]);
  const { frames } = viewer;
  await eventually(() => frames.at(-1)?.header.width === 200, "a frame of the new size");
  const still = { modifiers: [], time_stamp: 1 };
  viewer.send({ event_type: "pointer_down", x: 25, y: 10, button: 2, buttons: [2], time_stamp: 1 });
  const pointer = { x: 25, y: 10, buttons: [2] };
  const down = { event_type: "pointer_down", ...pointer, button: 2, ntouches: 0, touches: {} };
  expect(await program.next()).toEqual({ ...down, ...still });
  expect(await program.next()).toEqual(["draw", 200, 100]);
  viewer.send({ event_type: "pointer_up", x: 25, y: 10, button: 2, time_stamp: 1 });
  expect(await program.next()).toEqual({ ...down, event_type: "pointer_up", buttons: [], ...still });
  expect(await program.next()).toEqual(["draw", 200, 100]);
  viewer.send({ event_type: "wheel", dy: 100, x: 25, y: 10, time_stamp: 1 });
  const turned = { event_type: "wheel", dx: 0, dy: 100, ...pointer, buttons: [] };
  expect(await program.next()).toEqual({ ...turned, ...still });
  expect(await program.next()).toEqual(["draw", 200, 100]);
  viewer.send(key);
  expect(await program.next()).toEqual({ ...key, ...still });
  expect(await program.next()).toEqual(["draw", 200, 100]);
  program.send({ do: "request" });
  for (const _frame of [1, 2, 3]) expect(await program.next()).toEqual(["draw", 200, 100]);
  viewer.close();
  const { exitCode, stdout, stderr } = await program.ended();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(JSON.parse(stdout)).toBe(
    "An off-screen canvas is needed (rendercanvas.offscreen.RenderCanvas), or an object with one as .window, and not an object of type object.",
  );
});
