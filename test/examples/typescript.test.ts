import { describe, expect, test } from "bun:test";
import { SocketClient } from "../server/clients.ts";
import { decodePng, differingShare } from "../support/images.ts";
import { EXAMPLES, ExampleProgram } from "./example-program.ts";

async function snapshot(url: string) {
  const response = await fetch(new URL("snapshot.png", url));
  expect(response.status).toBe(200);
  return decodePng(await response.bytes());
}

/** The share of pixels that differ from the pixel in the upper left corner. */
function shareOfForeground({ width, height, data }: { width: number; height: number; data: Uint8Array }) {
  const corner = data.slice(0, 4);
  const background = { width, height, data: new Uint8Array(data.length) };
  for (let at = 0; at < data.length; at += 4) background.data.set(corner, at);
  return differingShare({ width, height, data }, background);
}

/** Whether the brightest pixel has more blue than red. */
function isBlue({ data }: { data: Uint8Array }) {
  let best: readonly [sum: number, blue: boolean] = [0, false];
  for (let at = 0; at < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
    if (red + green + blue > best[0]) best = [red + green + blue, blue > red];
  }
  return best[1];
}

describe("examples in TypeScript", () => {
  test("three-scene.ts serves a three.js scene, and exits without output at Ctrl+C", async () => {
    await using example = await ExampleProgram.start([process.execPath, `${EXAMPLES}/three-scene.ts`, "0"]);
    const share = shareOfForeground(await snapshot(example.firstLine));
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.6);
    expect(await example.stop()).toEqual({ exitCode: 0, stderr: "" });
  });

  test("timer-scene.ts moves while it is watched", async () => {
    await using example = await ExampleProgram.start([process.execPath, `${EXAMPLES}/timer-scene.ts`, "0"]);
    const first = await snapshot(example.firstLine);
    for (let tries = 0; ; tries++) {
      if (differingShare(first, await snapshot(example.firstLine)) > 0.005) break;
      if (tries === 100) throw new Error("100 snapshots show the same view: the scene does not move.");
    }
    expect(await example.stop()).toEqual({ exitCode: 0, stderr: "" });
  });

  test("controls-scene.ts shows what its controls are set to", async () => {
    await using example = await ExampleProgram.start([
      process.execPath,
      `${EXAMPLES}/controls-scene.ts`,
      "0",
    ]);
    const viewer = await SocketClient.open(example.firstLine);
    const { panel } = await viewer.next("panel");
    expect(panel.program.map(({ name }) => name)).toEqual([
      ...["Radius", "Turns", "Color", "More/Wireframe", "More/Title", "More/Reset"],
    ]);
    let id = 0;
    const execute = async (control: string, value?: unknown) => {
      viewer.send({ type: "command", id: ++id, command: { type: "control", control, value } });
      expect(await viewer.next("command-result")).toEqual({ type: "command-result", id });
    };
    const before = await snapshot(example.firstLine);
    await execute("Color", "#3f7ae0");
    await execute("Radius", 0.1);
    const changed = await snapshot(example.firstLine);
    expect(shareOfForeground(changed)).toBeLessThan(0.7 * shareOfForeground(before));
    expect(isBlue(before)).toBe(false);
    expect(isBlue(changed)).toBe(true);
    await execute("More/Reset");
    expect(differingShare(before, await snapshot(example.firstLine))).toBe(0);
    const isReset = ({ values }: { values: object }) =>
      Bun.deepEquals(values, { Radius: 0.35, Color: "#e07a3f" });
    await viewer.next("control-values", isReset);
    expect(await example.stop()).toEqual({ exitCode: 0, stderr: "" });
  });

  test("bun-serve.ts serves its own page, and the view below /view/", async () => {
    await using example = await ExampleProgram.start([process.execPath, `${EXAMPLES}/bun-serve.ts`, "0"]);
    expect(await (await fetch(example.firstLine)).text()).toContain("<h1>My page</h1>");
    const view = new URL("view/", example.firstLine).href;
    expect((await fetch(view)).headers.get("content-type")).toContain("text/html");
    expect(shareOfForeground(await snapshot(view))).toBeGreaterThan(0.1);
    expect(await example.stop()).toEqual({ exitCode: 0, stderr: "" });
  });
});
