import { afterAll, beforeAll, expect, test } from "bun:test";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { decodePng, differingShare } from "../support/images.ts";
import { largePly } from "../support/model.ts";
import { RunningScenecast, runScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { waitForView } from "../web/page-assertions.ts";

interface State {
  frame: { number: number; still: boolean; completeness: number } | null;
  camera: CameraState;
}

const SIZE = { width: 640, height: 480 };

let browser: TestBrowser;
const files = new TemporaryDirectory();
beforeAll(async () => {
  browser = await launchBrowser({ viewport: SIZE });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

test("a drag during a progressive frame gets drafts, and the full view is complete at the end", async () => {
  const file = files.write("large.ply", largePly(350));
  await using app = await RunningScenecast.start(["view", file, "--gl-backend", "angle"]);
  const page = await browser.context.newPage();
  await page.goto(app.url);
  await waitForView(page);
  let state = await app.state<State>();
  await page.mouse.move(320, 240);
  await page.mouse.down();
  for (let move = 1; move <= 4; move++) {
    const before = state;
    await page.mouse.move(320 + 30 * move, 240);
    state = await app.state<State>(
      ({ frame, camera }) =>
        !Bun.deepEquals(camera, before.camera) && (frame?.number ?? 0) > (before.frame?.number ?? 0),
    );
    // Incomplete, or complete if the computer is fast.
    await app.state<State>(({ frame }) => (frame?.completeness ?? 0) > 0);
  }
  await page.mouse.up();
  const partial = await app.fetch("snapshot.png?partial=1");
  expect(partial.status).toBe(200);
  const snapshot = decodePng(await (await app.fetch("snapshot.png")).bytes());
  const { camera, frame } = await app.state<State>();
  expect(frame).toMatchObject({ still: true, completeness: 1 });
  const output = `${files.path}/rendered.png`;
  const { exitCode } = await runScenecast([
    ...["render", file, "-o", output, "--size", `${SIZE.width}x${SIZE.height}`],
    ...["--camera", JSON.stringify(camera), "--gl-backend", "angle"],
  ]);
  expect(exitCode).toBe(0);
  expect(differingShare(snapshot, decodePng(await Bun.file(output).bytes()), 32)).toBeLessThan(0.02);
  await page.close();
  expect((await app.stop()).exitCode).toBe(0);
});
