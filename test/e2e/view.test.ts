import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { CDPSession, Page } from "playwright-core";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { BUNNY, cornerObj } from "../support/model.ts";
import { decodePng, differingShare, type Picture } from "../support/pictures.ts";
import { RunningScenecast, remaining, runScenecast, segmentsOf } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { showsPicture } from "../web/viewing.ts";

/** `/state`, as far as these tests read it. */
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
const corner = files.write("corner.obj", cornerObj());

beforeAll(async () => {
  browser = await launchBrowser({
    viewport: { width: WIDTH, height: HEIGHT },
    hasTouch: true,
    // For the style that hides the buttons; that the page keeps its policy is tested in test/web.
    bypassCSP: true,
  });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

/** The picture as `render` makes it from this camera: the same scene by another way. */
async function rendered(
  file: string,
  camera: CameraState,
  [width, height] = [WIDTH, HEIGHT],
): Promise<Picture> {
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

/** Degrees between the directions that two cameras look in. */
function turned(a: CameraState, b: CameraState): number {
  const [u, v] = [a, b].map(({ position, focalPoint }) => {
    const direction = position.map((value, axis) => value - (focalPoint[axis] ?? 0));
    const length = Math.hypot(...direction);
    return direction.map((value) => value / length);
  }) as [number[], number[]];
  const cosine = u.reduce((sum, value, axis) => sum + value * (v[axis] ?? 0), 0);
  return (Math.acos(Math.min(1, cosine)) * 180) / Math.PI;
}

if (!BUNNY)
  console.log("skipped: the bunny in a browser, because ../shared/data/stanford-bunny.obj is not there");

describe.each([["a mesh made by code", corner], ...(BUNNY ? [["the Stanford bunny", BUNNY] as const] : [])])(
  "the view of %s in a browser",
  (_, file) => {
    let app: RunningScenecast;
    let page: Page;
    let touch: CDPSession;

    beforeEach(async () => {
      app = await RunningScenecast.start(["view", file, "--gl-backend", "angle"]);
      page = await browser.context.newPage();
      touch = await browser.context.newCDPSession(page);
      await page.goto(app.url);
      await showsPicture(page);
      await atRest(has(WIDTH, HEIGHT));
    });
    afterEach(async () => {
      await page.close();
      const segments = segmentsOf(app.pid);
      expect(segments).not.toBeEmpty();
      expect((await app.stop()).exitCode).toBe(0);
      expect(remaining(segments)).toEqual([]);
    });

    /** The state once the view rests, and what was asked for has happened: for input, once the camera is another. */
    function atRest(happened: (state: State) => boolean = () => true): Promise<State> {
      return app.state<State>((state) => state.frame?.still === true && happened(state));
    }

    /** That the picture has this size. */
    const has = (width: number, height: number) => (state: State) =>
      state.frame?.width === width && state.frame.height === height;

    /** That the camera moved from where it was. */
    const movedFrom = (before: CameraState) => (state: State) => !Bun.deepEquals(state.camera, before);

    /** What the window shows, without what floats above the picture. */
    const shown = async () =>
      decodePng(await page.screenshot({ style: "#status, #controls, #notice { visibility: hidden }" }));

    /** Sees that the window shows what `render` gives for the camera that `/state` tells; returns that camera. */
    async function showsWhatRenderGives(happened?: (state: State) => boolean): Promise<CameraState> {
      const { camera, frame } = await atRest(happened);
      const expected = await rendered(file, camera, frame ? [frame.width, frame.height] : undefined);
      // Painting follows the last frame by a moment.
      let share = 1;
      for (let attempt = 0; attempt < 50 && share > 0.02; attempt++) {
        share = differingShare(await shown(), expected, 32);
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

    test("shows what render makes of the file", async () => {
      const camera = await showsWhatRenderGives();
      const other = {
        ...camera,
        position: camera.position.map((value, axis) => 2 * (camera.focalPoint[axis] ?? 0) - value),
      };
      // The comparison tells a picture from the one seen from behind.
      const behind = await rendered(file, other as unknown as CameraState);
      expect(differingShare(await shown(), behind, 32)).toBeGreaterThan(0.04);
    });

    test("a drag to the right by a tenth of the width turns it by 20 degrees, as VTK's trackball does", async () => {
      const before = await showsWhatRenderGives();
      await drag([300, 200], [300 + WIDTH / 10, 200]);
      // Not before the last move is in it: the view may have come to rest between two.
      const after = await showsWhatRenderGives(({ camera }) => turned(before, camera) > 19);
      // 20 degrees about the view up. That is upright at first, with the view 12 degrees above the level, so that the
      // first move turns the view by less; then VTK sets it at right angles to the view.
      expect(turned(before, after)).toBeWithin(19.5, 20.01);
      expect(distance(before.focalPoint, after.focalPoint)).toBeLessThan(1e-9);
    });

    test("the wheel zooms in by FURY's factor, r goes back", async () => {
      const { camera: before } = await atRest();
      await page.mouse.move(300, 200);
      await page.mouse.wheel(0, -300);
      const near = await showsWhatRenderGives(movedFrom(before));
      // 1 - delta/1000, by which VTK's camera divides its view angle.
      expect(before.viewAngle / near.viewAngle).toBeCloseTo(1.3, 3);
      await page.keyboard.press("r");
      const after = await showsWhatRenderGives(movedFrom(near));
      expect(turned(before, after)).toBeLessThan(0.01);
    });

    test("the middle button pans, the right button dollies", async () => {
      const before = await atRest();
      await drag([300, 200], [360, 200], "middle");
      const panned = await showsWhatRenderGives(movedFrom(before.camera));
      expect(turned(before.camera, panned)).toBeLessThan(0.01);
      expect(distance(before.camera.focalPoint, panned.focalPoint)).toBeGreaterThan(0);
      await drag([300, 260], [300, 200], "right");
      const closer = await showsWhatRenderGives(movedFrom(panned));
      expect(distance(closer.position, closer.focalPoint)).toBeLessThan(
        distance(panned.position, panned.focalPoint),
      );
    });

    test("fingers that part come closer", async () => {
      const before = await atRest();
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
      // The picture of a drag at rest is not the last one: more fingers' steps are on their way.
      const near = await showsWhatRenderGives(
        ({ camera }) => camera.viewAngle < 0.8 * before.camera.viewAngle,
      );
      expect(turned(before.camera, near)).toBeLessThan(0.01);
    });

    test("the picture takes the window's new size", async () => {
      await page.setViewportSize({ width: 500, height: 400 });
      await showsWhatRenderGives(has(500, 400));
      await page.setViewportSize({ width: WIDTH, height: HEIGHT });
      await showsWhatRenderGives(has(WIDTH, HEIGHT));
    });
  },
);
