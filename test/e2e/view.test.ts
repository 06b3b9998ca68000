import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { CDPSession, Page } from "playwright-core";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { decodePng, differingShare, type RgbaImage } from "../support/images.ts";
import { bumpySphereObj, cornerObj } from "../support/model.ts";
import { RunningScenecast, remaining, runScenecast, segmentsOf } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { waitForView } from "../web/page-assertions.ts";

/** The parts of `/state` that these tests use. */
interface State {
  renderer: { state: string; pid: number; renders: number };
  frame: { number: number; width: number; height: number; still: boolean } | null;
  viewers: unknown[];
  camera: CameraState;
}

const WIDTH = 640;
const HEIGHT = 480;

let browser: TestBrowser;
const files = new TemporaryDirectory();

beforeAll(async () => {
  browser = await launchBrowser({
    viewport: { width: WIDTH, height: HEIGHT },
    hasTouch: true,
    // For the style that hides the buttons. The page's content security policy is tested in test/web.
    bypassCSP: true,
  });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

/** Renders an image from this camera by `scenecast render`. */
async function rendered(
  file: string,
  camera: CameraState,
  [width, height] = [WIDTH, HEIGHT],
): Promise<RgbaImage> {
  const output = `${files.path}/rendered.png`;
  const { exitCode, stderr } = await runScenecast([
    ...["render", file, "-o", output, "--size", `${width}x${height}`],
    ...["--camera", JSON.stringify(camera), "--gl-backend", "angle"],
  ]);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  return decodePng(await Bun.file(output).bytes());
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, axis) => value - (b[axis] ?? 0)));
}

/** Angle between the directions of two cameras, degrees. */
function angleBetween(a: CameraState, b: CameraState): number {
  const [u, v] = [a, b].map(({ position, focalPoint }) => {
    const direction = position.map((value, axis) => value - (focalPoint[axis] ?? 0));
    const length = Math.hypot(...direction);
    return direction.map((value) => value / length);
  }) as [number[], number[]];
  const cosine = u.reduce((sum, value, axis) => sum + value * (v[axis] ?? 0), 0);
  return (Math.acos(Math.min(1, cosine)) * 180) / Math.PI;
}

for (const [name, file] of [
  ["three blocks", files.write("corner.obj", cornerObj())],
  ["a mesh of 69,620 triangles", files.write("bumpy-sphere.obj", bumpySphereObj())],
] as const) {
  describe(`the view of ${name} in a browser`, () => {
    let app: RunningScenecast;
    let page: Page;
    let touch: CDPSession;

    beforeEach(async () => {
      app = await RunningScenecast.start(["view", file, "--gl-backend", "angle"]);
      page = await browser.context.newPage();
      touch = await browser.context.newCDPSession(page);
      await page.goto(app.url);
      await waitForView(page);
      await whenStill(hasSize(WIDTH, HEIGHT));
    });
    afterEach(async () => {
      await page.close();
      const segments = segmentsOf(app.pid);
      expect(segments).not.toBeEmpty();
      expect((await app.stop()).exitCode).toBe(0);
      expect(remaining(segments)).toEqual([]);
    });

    /** Waits until the view is still and a condition holds, for example that the camera has moved. */
    function whenStill(condition: (state: State) => boolean = () => true): Promise<State> {
      return app.state<State>((state) => state.frame?.still === true && condition(state));
    }

    /** Condition: the frame has this size. */
    const hasSize = (width: number, height: number) => (state: State) =>
      state.frame?.width === width && state.frame.height === height;

    /** Condition: the camera has moved. */
    const movedFrom = (before: CameraState) => (state: State) => !Bun.deepEquals(state.camera, before);

    /** Screenshot of the page without its controls. */
    const screenshot = async () =>
      decodePng(
        await page.screenshot({ style: "#status, #controls, #notice, #hint { visibility: hidden }" }),
      );

    /** Expects the page to show the same image as `render` for the camera of `/state`. @returns that camera */
    async function expectRendered(condition?: (state: State) => boolean): Promise<CameraState> {
      const { camera, frame } = await whenStill(condition);
      const expected = await rendered(file, camera, frame ? [frame.width, frame.height] : undefined);
      // The page paints a frame some time after it was sent.
      let share = 1;
      for (let attempt = 0; attempt < 50 && share > 0.02; attempt++) {
        share = differingShare(await screenshot(), expected, 32);
      }
      expect(share).toBeLessThan(0.02);
      return camera;
    }

    async function drag(
      from: [number, number],
      to: [number, number],
      button: "left" | "middle" | "right" = "left",
    ) {
      await page.mouse.move(...from);
      await page.mouse.down({ button });
      await page.mouse.move(...to, { steps: 4 });
      await page.mouse.up({ button });
    }

    test("the page shows the same image as render", async () => {
      const camera = await expectRendered();
      const other = {
        ...camera,
        position: camera.position.map((value, axis) => 2 * (camera.focalPoint[axis] ?? 0) - value),
      };
      // The comparison distinguishes the image from a view from behind.
      const behind = await rendered(file, other as unknown as CameraState);
      expect(differingShare(await screenshot(), behind, 32)).toBeGreaterThan(0.04);
    });

    test("a drag to the right by a tenth of the width rotates the camera by 20 degrees, as in VTK", async () => {
      const before = await expectRendered();
      await drag([300, 200], [300 + WIDTH / 10, 200]);
      // Waits for the last move: the view may be still between two moves.
      const after = await expectRendered(({ camera }) => angleBetween(before, camera) > 19);
      // 20 degrees about the view-up vector. It is vertical at first, with the camera 12 degrees above the horizon, so that the
      // first move rotates the view by less; then VTK makes it orthogonal to the view.
      expect(angleBetween(before, after)).toBeWithin(19.5, 20.01);
      expect(distance(before.focalPoint, after.focalPoint)).toBeLessThan(1e-9);
    });

    test("the wheel zooms in by FURY's factor, and r restores the view", async () => {
      const { camera: before } = await whenStill();
      await page.mouse.move(300, 200);
      await page.mouse.wheel(0, -300);
      const near = await expectRendered(movedFrom(before));
      // 1 - delta/1000, by which VTK's camera divides its view angle.
      expect(before.viewAngle / near.viewAngle).toBeCloseTo(1.3, 3);
      await page.keyboard.press("r");
      const after = await expectRendered(movedFrom(near));
      expect(angleBetween(before, after)).toBeLessThan(0.01);
    });

    test("the middle button pans, the right button dollies", async () => {
      const before = await whenStill();
      await drag([300, 200], [360, 200], "middle");
      const panned = await expectRendered(movedFrom(before.camera));
      expect(angleBetween(before.camera, panned)).toBeLessThan(0.01);
      expect(distance(before.camera.focalPoint, panned.focalPoint)).toBeGreaterThan(0);
      await drag([300, 260], [300, 200], "right");
      const closer = await expectRendered(movedFrom(panned));
      expect(distance(closer.position, closer.focalPoint)).toBeLessThan(
        distance(panned.position, panned.focalPoint),
      );
    });

    test("a pinch gesture zooms in", async () => {
      const before = await whenStill();
      const fingers = (type: "touchStart" | "touchMove" | "touchEnd", ...points: [number, number][]) =>
        touch.send("Input.dispatchTouchEvent", {
          type,
          touchPoints: points.map(([x, y], id) => ({ x, y, id })),
        });
      await fingers("touchStart", [310, 200]);
      await fingers("touchStart", [310, 200], [330, 200]);
      for (let part = 20; part <= 40; part += 5) {
        await fingers("touchMove", [320 - part, 200], [320 + part, 200]);
      }
      await fingers("touchEnd");
      // The view may be still between two steps of the gesture.
      const near = await expectRendered(({ camera }) => camera.viewAngle < 0.8 * before.camera.viewAngle);
      expect(angleBetween(before.camera, near)).toBeLessThan(0.01);
    });

    test("the frame follows the size of the window", async () => {
      await page.setViewportSize({ width: 500, height: 400 });
      await expectRendered(hasSize(500, 400));
      await page.setViewportSize({ width: WIDTH, height: HEIGHT });
      await expectRendered(hasSize(WIDTH, HEIGHT));
    });
  });
}
