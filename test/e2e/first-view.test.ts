import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { decodePng } from "../support/images.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { waitForView } from "../web/page-assertions.ts";

setDefaultTimeout(60_000);

interface State {
  renderer: { state: string; pid: number };
  frame: { width: number; height: number; still: boolean } | null;
  camera: CameraState;
}

const PHONE = { width: 390, height: 844 };
const BACKGROUND = [0, 0, 0];

let browser: TestBrowser;
const files = new TemporaryDirectory();
/** A board of 8 by 2 units. */
const board = files.write("board.obj", "v -4 -1 0\nv 4 -1 0\nv 4 1 0\nv -4 1 0\nf 1 2 3 4\n");

beforeAll(async () => {
  browser = await launchBrowser({ viewport: PHONE });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

/** Size of the board as a share of the view's width and height, and whether it is completely visible. */
async function boardInView(
  app: RunningScenecast,
): Promise<{ width: number; height: number; isWhole: boolean }> {
  const image = decodePng(await (await fetch(new URL("snapshot.png", app.url))).bytes());
  let [left, right, top, bottom] = [image.width, -1, image.height, -1];
  const bytes = image.data.length / image.width / image.height;
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const at = (y * image.width + x) * bytes;
      if (BACKGROUND.every((value, channel) => Math.abs(value - (image.data[at + channel] ?? 0)) < 8))
        continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  return {
    width: (right - left) / image.width,
    height: (bottom - top) / image.height,
    isWhole: left > 0 && top > 0 && right < image.width - 1 && bottom < image.height - 1,
  };
}

test("a phone shows the whole object, also after a renderer restart or a rotation of the phone, and Home restores the first view", async () => {
  await using app = await RunningScenecast.start(["view", board, "--background", "black"]);
  const page = await browser.context.newPage();
  await page.goto(app.url);
  await waitForView(page);
  const whenStill = (width: number, height: number, condition: (state: State) => boolean = () => true) =>
    app.state<State>(
      (state) =>
        state.frame?.still === true &&
        state.frame.width === width &&
        state.frame.height === height &&
        condition(state),
    );

  const first = await whenStill(390, 844);
  const portrait = await boardInView(app);
  expect(portrait.isWhole).toBe(true);
  expect(portrait.width).toBeGreaterThan(0.6);

  // Upside down.
  await page.keyboard.down("Control");
  await page.mouse.move(195, 200);
  await page.mouse.down();
  await page.mouse.move(300, 422, { steps: 4 });
  await page.mouse.move(205, 640, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up("Control");
  const rolled = await whenStill(390, 844, ({ camera }) => camera.viewUp[1] < 0);
  process.kill(rolled.renderer.pid, "SIGKILL");
  const restarted = await whenStill(
    ...([390, 844] as const),
    ({ renderer }) => renderer.state === "running" && renderer.pid !== rolled.renderer.pid,
  );
  expect(restarted.camera).toEqual(rolled.camera);
  await page.setViewportSize({ width: 844, height: 390 });
  await whenStill(844, 390);
  const landscape = await boardInView(app);
  expect(landscape.isWhole).toBe(true);
  // The object is as large as before along the narrower side.
  expect(landscape.width * 844).toBeCloseTo(portrait.width * 390, -2);

  await page.setViewportSize(PHONE);
  await whenStill(390, 844);
  await page.keyboard.press("Home");
  const restored = await whenStill(390, 844, ({ camera }) => camera.viewUp[1] > 0);
  expect(restored.camera.viewAngle).toBe(30);
  for (const name of ["position", "focalPoint", "viewUp"] as const) {
    for (const axis of [0, 1, 2] as const) {
      expect(restored.camera[name][axis]).toBeCloseTo(first.camera[name][axis], 9);
    }
  }
  await page.close();
});
