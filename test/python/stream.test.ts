import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MjpegClient } from "../server/clients.ts";
import { mayMountSharedMemory, PrivateSharedMemory } from "../support/private-shared-memory.ts";
import { PythonModuleProgram } from "../support/python-module.ts";
import { remaining, segmentsOf, until } from "../support/scenecast.ts";
import { testIf } from "../support/test-if.ts";
import { ViewerSocket } from "./viewer-socket.ts";

describe("scenecast.Stream", () => {
  test("/snapshot.png is equal to the written frame, whatever its strides, size and format", async () => {
    await using program = PythonModuleProgram.start("frames.py");
    expect(await program.ended()).toMatchObject({ exitCode: 0, stdout: "" });
  });

  test("frames without numpy are copied too", async () => {
    await using program = PythonModuleProgram.start("frames_without_numpy.py");
    const { exitCode, stdout } = await program.ended();
    expect(stdout.split("\n")).toEqual([
      "A frame must have the shape (height, width, 3) for RGB or (height, width, 4) for RGBA, with sides of 1 to 65500 px; this one has (3600,).",
      "A frame must be of type uint8, one byte for each of red, green and blue; this one is d.",
      "",
    ]);
    expect(exitCode).toBe(0);
  });

  test("what cannot be written is refused with a sentence, also in a forked process, and changes nothing", async () => {
    await using program = PythonModuleProgram.start("refusals.py");
    const { exitCode, stdout, stderr } = await program.ended();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatchSnapshot();
  });

  test("threads may share a stream: no frame is torn", async () => {
    await using program = PythonModuleProgram.start("threads.py");
    expect(await program.ended()).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("a program killed by SIGKILL leaves no server and no segments, although its forked child lives on", async () => {
    await using program = PythonModuleProgram.start("abandoned.py");
    const { url, child } = await program.next<{ url: string; child: number }>();
    const segments = segmentsOf(program.pid);
    expect(segments.length).toBe(5);
    program.process.kill("SIGKILL");
    await until(() => remaining(segments).length === 0, "the segments are removed");
    expect(process.kill(child, 0)).toBe(true);
    process.kill(child, "SIGKILL");
    const answers = () =>
      fetch(url).then(
        () => true,
        () => false,
      );
    while (await answers()) await Bun.sleep(10);
  });

  const refused = mayMountSharedMemory() ? "" : "mounting is not allowed";
  testIf(refused)("a full /dev/shm is an exception with a sentence, not a SIGBUS", async () => {
    using memory = await PrivateSharedMemory.create("size=4m");
    await using program = new PythonModuleProgram([join(import.meta.dir, "programs/small_memory.py")], {
      prefix: (command) => memory.command(command),
    });
    const { exitCode, stdout, stderr } = await program.ended();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(
      /^(\d+\.\d MiB are needed in \/dev\/shm and \d\.\d MiB are free: remove stale files there, make it larger .*, or write smaller frames\n){7}$/,
    );
  });

  test("it counts its viewers, and they stay when frames outgrow their memory or change their format", async () => {
    await using program = PythonModuleProgram.start("viewers.py");
    const { url } = await program.next<{ url: string }>();
    const write = async (...shape: number[]): Promise<number> => {
      program.send(shape);
      return program.next<number>();
    };
    const untilViewers = async (count: number) => {
      while ((await write(16, 32, 3)) !== count) await Bun.sleep(10);
    };
    expect(await write(16, 32, 3)).toBe(0);
    // As the page requests it: other clients get frames of a constant size.
    const viewer = await MjpegClient.open(url, "video/mjpeg?viewer=python-viewer-1");
    await untilViewers(1);
    for (const [height, width, components] of [
      [2200, 3800, 3],
      [16, 48, 3],
      [16, 40, 4],
      [16, 40, 3],
    ] as const) {
      await write(height, width, components);
      let size = "";
      while (size !== `${width}x${height}`) size = jpegSize((await viewer.next())?.body);
    }
    expect(await write(16, 32, 3)).toBe(1);
    viewer.close();
    await untilViewers(0);
    expect(await program.ended()).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("a handler that fails is logged, and the end of the server is an exception with its reason", async () => {
    await using program = PythonModuleProgram.start("viewers.py");
    const { url, pid } = await program.next<{ url: string; pid: number }>();
    program.send([16, 32, 3]);
    await program.next();
    using viewer = await ViewerSocket.open(url);
    viewer.send("wheel", { dy: 10 });
    viewer.send("key_down", { key: "a" });
    const { messages } = await program.next<{ messages: string[] }>();
    expect(messages).toEqual([
      expect.stringMatching(
        /^The handler <function fail .*> failed at an event of type wheel\. The stream continues\.$/,
      ),
    ]);
    process.kill(pid, "SIGKILL");
    await until(() => !existsSync(`/proc/${pid}/exe`), "the server has ended");
    program.send("server killed");
    expect(await program.next<string>()).toBe(
      "The server of this stream has ended: it was ended by SIGKILL.",
    );
    expect((await program.ended()).exitCode).toBe(0);
  });
});

describe("the events of a Stream", () => {
  test("have the keys of rendercanvas and reach iterators, handlers and coroutines", async () => {
    await using program = PythonModuleProgram.start("events.py");
    const next = () => program.next<[string, unknown]>();
    using viewer = await ViewerSocket.open(String((await next())[1]));
    const still = { buttons: [], modifiers: [], time_stamp: 1.5 };
    const at = (x: number, y: number) => ({ x, y, fraction: [x / 320, y / 180] });

    viewer.send("pointer_move", { x: 32, y: 18 });
    expect(await next()).toEqual(["for", { event_type: "pointer_move", button: 0, ...at(32, 18), ...still }]);
    viewer.send("pointer_down", { x: 160, y: 90, button: 2, modifiers: ["Shift", "Alt", "Meta"] });
    const held = { ...at(160, 90), buttons: [2], time_stamp: 1.5 };
    expect(await next()).toEqual([
      "for",
      { event_type: "pointer_down", button: 2, modifiers: ["Shift", "Alt", "Meta"], ...held },
    ]);
    viewer.send("wheel", { dx: 20, dy: -100, modifiers: ["Control", "Alt"] });
    expect(await next()).toEqual([
      "for",
      { event_type: "wheel", dx: 20, dy: -100, modifiers: ["Control", "Alt"], ...held },
    ]);
    viewer.send("pointer_up", { x: 160, y: 90, button: 2 });
    expect(await next()).toEqual([
      "for",
      { event_type: "pointer_up", button: 2, ...held, buttons: [], modifiers: [] },
    ]);
    viewer.send("double_click", { x: 80, y: 45, button: 3 });
    expect(await next()).toEqual(["for", { event_type: "double_click", button: 3, ...at(80, 45), ...still }]);
    viewer.send("key_down", { key: "ArrowLeft", modifiers: ["Alt", "Meta"] });
    const modifiers = ["Alt", "Meta"];
    expect(await next()).toEqual([
      "for",
      { event_type: "key_down", key: "ArrowLeft", modifiers, time_stamp: 1.5 },
    ]);
    viewer.send("key_up", { key: "é" });
    expect(await next()).toEqual(["for", { event_type: "key_up", key: "é", modifiers: [], time_stamp: 1.5 }]);

    expect(await next()).toEqual(["for", null]);
    // The program's frame of 640x360 px fills a window of 320x180 logical px: positions are logical.
    const window = { width: 320, height: 180, pixel_ratio: 2 };
    viewer.send("resize", window);
    expect(await next()).toEqual(["timeout", { event_type: "resize", ...window, time_stamp: 1.5 }]);

    expect(await next()).toEqual(["async", null]);
    viewer.send("wheel", { dy: 40 });
    expect(await next()).toEqual([
      "handler",
      { event_type: "wheel", dx: 0, dy: 40, ...at(80, 45), ...still },
    ]);
    viewer.send("pointer_move", { x: 32, y: 18 });
    expect(await next()).toEqual([
      "async",
      { event_type: "pointer_move", button: 0, ...at(32, 18), ...still },
    ]);
    viewer.send("key_up", { key: "a" });
    expect(await next()).toEqual([
      "async",
      { event_type: "key_up", key: "a", modifiers: [], time_stamp: 1.5 },
    ]);
    expect(await next()).toEqual(["end", null]);
    expect(await program.ended()).toMatchObject({ exitCode: 0 });
  });
});

/** Width and height of a JPEG, from its frame header (SOF0). */
function jpegSize(jpeg: Uint8Array<ArrayBuffer> | undefined): string {
  if (jpeg === undefined) throw new Error("The stream has ended.");
  const header = Buffer.from(jpeg).indexOf(Buffer.of(0xff, 0xc0));
  const view = new DataView(jpeg.buffer, jpeg.byteOffset);
  return `${view.getUint16(header + 7)}x${view.getUint16(header + 5)}`;
}
