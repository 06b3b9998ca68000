import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import type { PickResult } from "../../src/protocol/pick.ts";
import { eventually, SocketClient } from "../server/clients.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { waitForView } from "../web/page-assertions.ts";
import { DOCUMENT, HEIGHT, isNear, placeOf, SliceView, valueAt, WIDTH } from "./slice-view.ts";

setDefaultTimeout(60_000);

let view: SliceView;
/** URL of the page without a token. */
let base: string;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  view = await SliceView.start();
  base = view.base;
  browser = await launchBrowser({ viewport: { width: WIDTH, height: HEIGHT } });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await view[Symbol.asyncDispose]();
});
beforeEach(async () => {
  for (const old of browser.context.pages()) await old.close();
  await browser.context.clearCookies();
  page = await browser.context.newPage();
});

async function open(token: string): Promise<void> {
  await page.goto(`${base}?token=${token}`);
  await waitForView(page);
  await page.getByRole("button", { name: "Values and measuring" }).waitFor();
}

async function moveTo(x: number, z: number): Promise<void> {
  const [left, top] = placeOf(x, z);
  // A pointer that enters the view has moved.
  await page.mouse.move(left - 3, top);
  await page.mouse.move(left, top);
}

async function clickAt(x: number, z: number): Promise<void> {
  await page.mouse.click(...placeOf(x, z));
}

const readout = () => page.locator("#readout");

describe("under the pointer", () => {
  test("the box shows voxel, value and mm beside the pointer, and nothing beside the volume", async () => {
    await open(view.tokens.control);
    await page.keyboard.press("v");
    await moveTo(10, 5);
    await readout()
      .filter({ hasText: valueAt(10, 5) })
      .waitFor();
    expect(await readout().textContent()).toMatch(
      /t1\.nii\s*position\s*(9\.[89]|10\.[01])\d, .*mm\s*voxel\s*30, 20, 25/,
    );
    const box = await readout().boundingBox();
    const [left, top] = placeOf(10, 5);
    expect(
      box !== null && left >= box.x && left <= box.x + box.width && top >= box.y && top <= box.y + box.height,
    ).toBe(false);
    await moveTo(-12, -8);
    await readout()
      .filter({ hasText: valueAt(-12, -8) })
      .waitFor();
    await moveTo(30, 0);
    await readout().waitFor({ state: "hidden" });
    await moveTo(0, 0);
    await readout().waitFor();
    await page.keyboard.press("Escape");
    await readout().waitFor({ state: "hidden" });
  });

  test("a click keeps the box, whose text is read to screen readers and can be selected; Escape closes it", async () => {
    await open(view.tokens.control);
    await page.keyboard.press("v");
    await clickAt(3, 4);
    await page.getByRole("button", { name: "Close the values" }).waitFor();
    await page
      .getByRole("status")
      .filter({ hasText: valueAt(3, 4) })
      .waitFor({ state: "attached" });
    await moveTo(15, 10);
    expect(await readout().textContent()).toContain(valueAt(3, 4));
    expect(await readout().evaluate((box) => getComputedStyle(box).userSelect)).toBe("text");
    await page.keyboard.press("Escape");
    await readout()
      .filter({ hasText: valueAt(15, 10) })
      .waitFor();
  });

  test("nothing is asked while it is off, or while the view is dragged", async () => {
    const asked: string[] = [];
    page.on("websocket", (socket) =>
      socket.on("framesent", ({ payload }) => {
        if (String(payload).includes('"pick"')) asked.push(String(payload));
      }),
    );
    await open(view.tokens.view);
    await moveTo(1, 1);
    await moveTo(2, 2);
    expect(asked).toEqual([]);
    await page.keyboard.press("v");
    await readout()
      .filter({ hasText: valueAt(2, 2) })
      .waitFor();
    const before = asked.length;
    await page.mouse.down();
    await page.mouse.move(...placeOf(5, 5), { steps: 5 });
    await page.mouse.move(...placeOf(6, 6), { steps: 5 });
    expect(asked).toHaveLength(before);
    await page.mouse.up();
    await moveTo(7, 7);
    await readout()
      .filter({ hasText: valueAt(7, 7) })
      .waitFor();
    expect(asked.length).toBeGreaterThan(before);
  });

  test("two clicks measure a distance in mm and three an angle, which the document keeps until they are deleted", async () => {
    await open(view.tokens.control);
    await page.keyboard.press("m");
    await clickAt(-10, 0);
    await readout().filter({ hasText: "Click point 2 of 2." }).waitFor();
    await moveTo(10, 0);
    await readout()
      .filter({ hasText: /(19\.[89]|20)\S* mm/ })
      .waitFor();
    await clickAt(10, 0);
    await view.measured(["20.0 mm"]);
    await page.keyboard.press("a");
    for (const [x, z] of [
      [10, -10],
      [0, -10],
      [0, -18],
    ] as const) {
      await clickAt(x, z);
      await page.waitForFunction(
        (text) => document.querySelector("#readout")?.textContent?.includes(text),
        valueAt(x, z),
      );
    }
    await view.measured(["20.0 mm", "90.0°"]);
    await page.getByRole("button", { name: "Values and measuring" }).click();
    await page.getByRole("button", { name: "Delete the last measurement" }).click();
    await view.measured(["20.0 mm"]);
    await page.getByRole("button", { name: "Values and measuring" }).click();
    await page.getByRole("button", { name: "Delete all measurements" }).click();
    await view.measured([]);
  });

  test("no click is lost: of two in a row, before the pointer leaves the view, and of a double click in a mode", async () => {
    await open(view.tokens.control);
    await page.keyboard.press("m");
    await clickAt(-10, 3);
    await clickAt(10, 3);
    await page.getByRole("button", { name: "Help" }).hover();
    await view.measured(["20.0 mm"]);
    await change({ measurements: null });
    await page.keyboard.press("v");
    await moveTo(1, 1);
    await page.mouse.dblclick(...placeOf(-8, 4));
    await moveTo(2, 2);
    await eventually(async () => {
      const [x = 0, , z = 0] = ((await view.scene()).view.center ?? []) as number[];
      return isNear(x, -8) && isNear(z, 4);
    }, "the center of rotation is where the double click was");
    await change({ center: null, camera: DOCUMENT.view.camera });
  });

  test("a click sets the crosshair, and slices follow", async () => {
    await open(view.tokens.control);
    await page.keyboard.press("c");
    await clickAt(-6, 9);
    await eventually(async () => {
      const { layers, view: ofScene } = await view.scene();
      const [x = 0, y, z = 0] = (ofScene.crosshair ?? []) as number[];
      return isNear(x, -6) && isNear(z, 9) && layers[0]?.slice === `y=${y}`;
    }, "the slice goes through the crosshair");
    await change({ crosshair: [0, 7, 0] });
    expect((await view.scene()).layers[0]?.slice).toBe("y=7");
    expect(await pick(0.5, 0.5)).toMatchObject({ layer: "t1", facts: [{ value: [20, 27, 20] }, {}] });
    await change({ crosshair: null });
    await change({}, { slice: "y=0" });
  });

  test("a double click sets the center of rotation", async () => {
    await open(view.tokens.control);
    await page.mouse.dblclick(...placeOf(8, 6));
    await eventually(async () => {
      const { camera } = (await view.scene()).view as {
        camera: { focalPoint: number[]; position: number[] };
      };
      const [x = 0, , z = 0] = camera.focalPoint;
      return isNear(x, 8) && isNear(z, 6) && isNear(camera.position[0] ?? 0, 8);
    }, "the camera rotates around the place");
    await change({ center: null, camera: DOCUMENT.view.camera });
  });

  test("with the view-only token values can be seen and nothing measured; the server refuses it too", async () => {
    await open(view.tokens.view);
    await page.keyboard.press("m");
    await page.keyboard.press("c");
    await page.getByRole("button", { name: "Values and measuring" }).click();
    const menu = page.locator("#pointer-menu").getByRole("button");
    expect(await menu.evaluateAll((all) => all.map(({ ariaLabel }) => ariaLabel))).toEqual([
      "Values under the pointer",
    ]);
    await menu.click();
    await moveTo(4, 4);
    await readout()
      .filter({ hasText: valueAt(4, 4) })
      .waitFor();
    const socket = await SocketClient.open(base, `ws?token=${view.tokens.view}`);
    socket.send({ type: "command", id: 1, command: { type: "pick", x: 0.5, y: 0.5 } });
    expect(await socket.next("command-result")).toMatchObject({ id: 1, result: { layer: "t1" } });
    const patch = { view: { measurements: [] } };
    socket.send({ type: "command", id: 2, command: { type: "scene", patch } });
    expect(await socket.next("command-result")).toMatchObject({ id: 2, error: { code: "may-not-steer" } });
    socket.close();
  });
});

test("GET /pick answers as the page does, also after a change without viewers, and refuses what is no place", async () => {
  await page.close();
  for (const token of [view.tokens.view, view.tokens.control]) {
    const response = await fetch(`${base}pick?x=0.5&y=0.5&token=${token}`);
    expect(await response.json()).toMatchObject({ layer: "t1", label: "t1.nii", unit: "mm" });
  }
  await change({ camera: { ...DOCUMENT.view.camera, parallelScale: 1000 } });
  expect(await pick(0.9, 0.5)).toEqual({ layer: null, facts: [] });
  await change({ camera: DOCUMENT.view.camera });
  expect(await pick(0.5, 0.5)).toMatchObject({ layer: "t1" });
  for (const query of ["", "x=0.5", "x=NaN&y=0", "x=0.5&y=1.5", "x=&y=0.5", "x=-1&y=0.5", "x=1e999&y=0"]) {
    const response = await fetch(`${base}pick?${query}&token=${view.tokens.view}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("fractions");
  }
  expect((await fetch(`${base}pick?x=0.5&y=0.5`)).status).toBe(401);
});

async function change(changes: object, layer?: object): Promise<void> {
  const layers = layer && { layers: [{ ...DOCUMENT.layers[0], ...layer }] };
  // The page keeps the camera for a second after its last input.
  await eventually(async () => {
    const response = await fetch(`${base}scene?token=${view.tokens.control}`, {
      method: "PATCH",
      headers: { "Content-Type": "application/merge-patch+json" },
      body: JSON.stringify({ view: changes, ...layers }),
    });
    if (response.status === 409) return false;
    expect(response.status).toBe(200);
    return true;
  }, "the scene can be changed");
}

async function pick(x: number, y: number): Promise<PickResult> {
  const response = await fetch(`${base}pick?x=${x}&y=${y}&token=${view.tokens.control}`);
  return (await response.json()) as PickResult;
}
