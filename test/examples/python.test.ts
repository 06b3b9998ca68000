import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync } from "node:fs";
import { decodePng, differingShare, type RgbaImage } from "../support/images.ts";
import { COMMAND, RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { XServer } from "../support/x-server.ts";
import { EXAMPLES, ExampleProgram } from "./example-program.ts";

const PYTHON = "/usr/bin/python3";
const HAS_NUMPY = existsSync("/usr/lib/python3/dist-packages/numpy");
const HAS_VTK = existsSync("/usr/lib/python3/dist-packages/vtkmodules") && Bun.which("Xvfb") !== null;
const numpySkipped = HAS_NUMPY ? "" : " (skipped: python3-numpy is not installed)";
const vtkSkipped = HAS_VTK ? "" : " (skipped: python3-vtk9 or xvfb is not installed)";

/** `scenecast serve` on the segments of a Python example. */
async function serve(names: string, folder: TemporaryDirectory): Promise<RunningScenecast> {
  return RunningScenecast.start(["serve", "--names", folder.write("names.json", names)]);
}

/** @param url of the page */
async function snapshot(url: string): Promise<RgbaImage> {
  return decodePng(await (await fetch(new URL("snapshot.png", url))).bytes());
}

/** Takes snapshots until one is accepted. @throws Error after 200 that were not */
async function untilSnapshot(url: string, what: string, accept: (image: RgbaImage) => boolean) {
  for (let tries = 0; !accept(await snapshot(url)); tries++) {
    if (tries === 200) throw new Error(`None of 200 snapshots shows ${what}.`);
  }
}

/** Drags with the left button from the middle of the frame, in FURY's messages. */
async function drag(url: string, to: readonly [number, number]): Promise<void> {
  const socket = new WebSocket(new URL("ws?viewer=example-viewer-1", url.replace("http", "ws")));
  await new Promise((opened, failed) => {
    socket.onopen = opened;
    socket.onerror = failed;
  });
  const send = (type: string, x: number, y: number, more: object) =>
    socket.send(
      JSON.stringify({ type, x, y, ctrlKey: 0, shiftKey: 0, timestampInMs: performance.now(), ...more }),
    );
  send("mouseLeftClick", 0.5, 0.5, { on: 1, mouseButton: 0 });
  send("mouseMove", to[0], to[1], {});
  send("mouseLeftClick", to[0], to[1], { on: 0, mouseButton: 0 });
  socket.close();
}

describe("examples in Python", () => {
  test.skipIf(!HAS_NUMPY)(`numpy_producer.py shows rings that follow a drag${numpySkipped}`, async () => {
    using folder = new TemporaryDirectory();
    const executable = folder.write("scenecast", `#!/bin/sh\nexec '${COMMAND.join("' '")}' "$@"\n`);
    chmodSync(executable, 0o755);
    await using example = await ExampleProgram.start([
      ...["env", `PYTHONPATH=${EXAMPLES}/../src/python`, "PYTHONDONTWRITEBYTECODE=1"],
      ...[`SCENECAST_EXECUTABLE=${executable}`, PYTHON, `${EXAMPLES}/numpy_producer.py`],
    ]);
    const view = example.firstLine;
    /**
     * Whether the rings lie around a point: at each distance, the pixels to the right, left, bottom and top are equal. Over all phases they
     * differ by at most 22 at the centre, since rows are offset by 1 px, and by at least 138 at (0.25, 0.25), where a row alone is symmetric
     * in 6 % of the phases.
     */
    const centredAt = (x: number, y: number) => (image: RgbaImage) => {
      const [column, row] = [Math.round(x * image.width), Math.round(y * image.height)];
      const green = (dx: number, dy: number) =>
        image.data[((row + dy) * image.width + column + dx) * 4 + 1] ?? -1;
      return Array.from({ length: 60 }, (_, i) => i + 1).every((i) => {
        const values = [green(i, 0), green(-i, 0), green(0, i), green(0, -i)];
        return Math.max(...values) - Math.min(...values) <= 40;
      });
    };
    expect(centredAt(0.5, 0.5)(await snapshot(view))).toBe(true);
    expect(centredAt(0.25, 0.25)(await snapshot(view))).toBe(false);
    await drag(view, [0.25, 0.25]);
    await untilSnapshot(view, "rings around the end of the drag", centredAt(0.25, 0.25));
    expect(await example.stop("SIGINT")).toEqual({ exitCode: 0, stderr: "" });
  });

  test.skipIf(!HAS_VTK)(`vtk_producer.py shows a cone that a drag rotates${vtkSkipped}`, async () => {
    using folder = new TemporaryDirectory();
    await using server = await XServer.start();
    await using example = await ExampleProgram.start([
      "env",
      `DISPLAY=${server.display}`,
      PYTHON,
      `${EXAMPLES}/vtk_producer.py`,
    ]);
    await using view = await serve(example.firstLine, folder);
    const before = await snapshot(view.url);
    await drag(view.url, [0.7, 0.3]);
    await untilSnapshot(view.url, "a turned cone", (image) => differingShare(before, image) > 0.02);
    await view.stop();
    expect((await example.stop("SIGTERM")).exitCode).toBe(0);
  });
});
