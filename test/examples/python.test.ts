import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { eventually, MjpegClient, SocketClient } from "../server/clients.ts";
import { launchBrowser } from "../support/browser.ts";
import { decodePng, differingShare, type RgbaImage } from "../support/images.ts";
import { PythonModuleProgram } from "../support/python-module.ts";
import { XServer } from "../support/x-server.ts";
import { waitForView } from "../web/page-assertions.ts";
import { EXAMPLES } from "./example-program.ts";

const HAS_NUMPY = existsSync("/usr/lib/python3/dist-packages/numpy");
const HAS_VTK = existsSync("/usr/lib/python3/dist-packages/vtkmodules") && Bun.which("Xvfb") !== null;
const HAS_MATPLOTLIB = existsSync("/usr/lib/python3/dist-packages/matplotlib");
const numpySkipped = HAS_NUMPY ? "" : " (skipped: python3-numpy is not installed)";
const vtkSkipped = HAS_VTK ? "" : " (skipped: python3-vtk9 or xvfb is not installed)";
const matplotlibSkipped = HAS_MATPLOTLIB ? "" : " (skipped: python3-matplotlib is not installed)";

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
    await using example = new PythonModuleProgram([`${EXAMPLES}/numpy_producer.py`]);
    const view = await example.line();
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
    expect(await endedBy(example, "SIGINT")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test.skipIf(!HAS_NUMPY)(
    `controls_stream.py draws what its controls are set to${numpySkipped}`,
    async () => {
      await using example = new PythonModuleProgram([`${EXAMPLES}/controls_stream.py`]);
      const url = await example.line();
      const viewer = await SocketClient.open(url);
      await viewer.next("panel", ({ panel }) => panel.program.length === 6);
      let id = 0;
      const execute = async (control: string, value?: unknown) => {
        viewer.send({ type: "command", id: ++id, command: { type: "control", control, value } });
        expect(await viewer.next("command-result")).toEqual({ type: "command-result", id });
      };
      // Frames are drawn for viewers only.
      const frames = await MjpegClient.open(url);
      await frames.next();
      const center = ({ width, height, data }: RgbaImage) => {
        const at = 4 * (width * (height >> 1) + (width >> 1));
        return [...data.subarray(at, at + 3)];
      };
      const isColor = (expected: readonly number[], tolerance: number) => (image: RgbaImage) =>
        center(image).every((value, channel) => Math.abs(value - (expected[channel] ?? 0)) <= tolerance);
      await execute("Window", [0, 0.2]);
      await untilSnapshot(url, "the middle of the rings in full light", isColor([0x4f, 0x9d, 0xde], 4));
      await execute("Look/Color", "#ff0000");
      await untilSnapshot(url, "another color", isColor([255, 0, 0], 4));
      await execute("Reset");
      await untilSnapshot(url, "the middle of the rings in half light", isColor([140, 0, 0], 20));
      frames.close();
      expect(await endedBy(example, "SIGINT")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    },
  );

  test.skipIf(!HAS_VTK)(
    `vtk_producer.py shows a cone that a drag in Chromium rotates${vtkSkipped}`,
    async () => {
      await using server = await XServer.start();
      await using example = new PythonModuleProgram([`${EXAMPLES}/vtk_producer.py`], {
        env: { DISPLAY: server.display },
      });
      const url = addressIn(await example.line());
      await using browser = await launchBrowser();
      const page = await browser.context.newPage();
      await page.goto(url);
      await waitForView(page);
      // Its window takes the size of the page.
      await eventually(async () => (await snapshot(url)).width === 800, "the picture fills the page");
      const before = await snapshot(url);
      await page.mouse.move(400, 300);
      await page.mouse.down();
      await page.mouse.move(600, 200, { steps: 5 });
      await page.mouse.up();
      await eventually(async () => differingShare(before, await snapshot(url)) > 0.02, "the cone has turned");
      await page.close();
      expect(await endedBy(example, "SIGINT")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    },
  );

  test.skipIf(!HAS_MATPLOTLIB)(
    `matplotlib_figure.py shows a surface that a drag turns${matplotlibSkipped}`,
    async () => {
      await using example = new PythonModuleProgram([`${EXAMPLES}/matplotlib_figure.py`]);
      const url = addressIn(await example.line());
      const before = await snapshot(url);
      await drag(url, [0.7, 0.3]);
      await eventually(
        async () => differingShare(before, await snapshot(url)) > 0.02,
        "the surface has turned",
      );
      expect(await endedBy(example, "SIGINT")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    },
  );

  test.skipIf(!HAS_VTK)(`fury_interaction.py shows spheres that a drag rotates${vtkSkipped}`, async () => {
    await using server = await XServer.start();
    await using example = new PythonModuleProgram([`${EXAMPLES}/fury_interaction.py`], {
      env: { DISPLAY: server.display },
      modules: [join(import.meta.dir, "programs")],
    });
    const url = addressIn(await example.line());
    const before = await snapshot(url);
    await drag(url, [0.7, 0.3]);
    await eventually(
      async () => differingShare(before, await snapshot(url)) > 0.02,
      "the spheres have turned",
    );
    example.process.kill("SIGKILL");
    await eventually(() => isGone(url), "the server has ended");
  });
});

/** The address in the line that a program prints when its page can be opened. */
function addressIn(line: string): string {
  return /http:\S+/.exec(line)?.[0] ?? line;
}

async function isGone(url: string): Promise<boolean> {
  return fetch(new URL("healthz", url)).then(
    () => false,
    () => true,
  );
}

async function endedBy(program: PythonModuleProgram, signal: NodeJS.Signals) {
  program.process.kill(signal);
  return program.ended();
}
