import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import type { CDPSession, Page } from "playwright-core";
import { eventually } from "../server/clients.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { waitForView } from "../web/page-assertions.ts";
import { HEIGHT, isNear, placeOf, SliceView, valueAt, WIDTH } from "./slice-view.ts";

setDefaultTimeout(60_000);

let view: SliceView;
let browser: TestBrowser;
let page: Page;
let touches: CDPSession;
/** Questions that the page has asked. */
let asked: string[];

beforeAll(async () => {
  view = await SliceView.start();
  browser = await launchBrowser({
    viewport: { width: WIDTH, height: HEIGHT },
    hasTouch: true,
    isMobile: true,
  });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await view[Symbol.asyncDispose]();
});
beforeEach(async () => {
  for (const old of browser.context.pages()) await old.close();
  page = await browser.context.newPage();
  asked = [];
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => {
      if (String(payload).includes('"pick"')) asked.push(String(payload));
    }),
  );
  touches = await browser.context.newCDPSession(page);
  await page.goto(`${view.base}?token=${view.tokens.control}`);
  await waitForView(page);
  await page.getByRole("button", { name: "Values and measuring" }).waitFor();
});

/** Puts fingers down, moves or lifts them, as a touch screen does. */
async function touch(
  type: "touchStart" | "touchMove" | "touchEnd",
  ...points: readonly (readonly [x: number, z: number])[]
): Promise<void> {
  const touchPoints = points.map((point, id) => {
    const [x, y] = placeOf(...point);
    return { x, y, id };
  });
  await touches.send("Input.dispatchTouchEvent", { type, touchPoints });
}

async function tap(x: number, z: number): Promise<void> {
  await touch("touchStart", [x, z]);
  await touch("touchEnd");
}

async function choose(name: string): Promise<void> {
  await page.getByRole("button", { name: "Values and measuring" }).tap();
  await page.getByRole("button", { name }).tap();
}

const readout = (text: string) => page.locator("#readout").filter({ hasText: text });

test("a tap keeps the values where the finger was, and the next one those of another place", async () => {
  await choose("Values under the pointer");
  await tap(3, 4);
  await readout(valueAt(3, 4)).waitFor();
  await page.getByRole("button", { name: "Close the values" }).waitFor();
  // The box, to the lower right of the finger, would take the tap.
  await tap(10, 12);
  await readout(valueAt(10, 12)).waitFor();
  await tap(30, 10);
  await page.locator("#readout").waitFor({ state: "hidden" });
});

test("taps measure a distance", async () => {
  await choose("Measure a distance");
  await tap(-10, 5);
  await readout("Tap point 2 of 2.").waitFor();
  await tap(10, 5);
  await view.measured(["20.0 mm"]);
});

test("a drag steers and asks nothing, and so do two fingers; a double tap sets the center", async () => {
  const cameraOf = async () => (await view.scene()).view.camera as { focalPoint: number[] };
  const before = JSON.stringify(await cameraOf());
  await touch("touchStart", [0, 0]);
  for (const x of [4, 8, 12]) await touch("touchMove", [x, 0]);
  await touch("touchEnd");
  await eventually(async () => JSON.stringify(await cameraOf()) !== before, "the view is rotated");
  const rotated = JSON.stringify(await cameraOf());
  await touch("touchStart", [-5, 0]);
  await touch("touchStart", [-5, 0], [5, 0]);
  await touch("touchMove", [-9, 0], [9, 0]);
  await touch("touchMove", [-12, 0], [12, 0]);
  await touch("touchEnd", [-12, 0]);
  await touch("touchEnd");
  await eventually(async () => JSON.stringify(await cameraOf()) !== rotated, "the view is zoomed");
  expect(asked).toEqual([]);
  const center = (await cameraOf()).focalPoint;
  for (const _ of [1, 2]) await page.touchscreen.tap(WIDTH / 2 + 40, HEIGHT / 2);
  await eventually(async () => {
    const [x = 0, y = 0, z = 0] = (await cameraOf()).focalPoint;
    return !(isNear(x, center[0] ?? 0) && isNear(y, center[1] ?? 0) && isNear(z, center[2] ?? 0));
  }, "the center of rotation is where the finger was");
});
