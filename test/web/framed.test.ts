import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Frame, Page } from "playwright-core";
import { type ScenecastServer, startServer } from "../../src/server/server.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { PatternRenderer, RED } from "./pattern-renderer.ts";

let server: ScenecastServer;
let renderer: PatternRenderer;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  server = await startServer({ port: 0 });
  renderer = new PatternRenderer();
  server.attach(renderer.names);
  renderer.draw(RED);
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await server.stop();
  renderer[Symbol.dispose]();
});

beforeEach(async () => {
  for (const old of browser.context.pages()) await old.close();
  page = await browser.context.newPage();
  renderer.events.length = 0;
});

/** A page that can be scrolled, like a notebook, with the view in a frame of this size 400 px below its top. */
async function openNotebook([width, height]: readonly [number, number], query = ""): Promise<Frame> {
  await page.setContent(
    `<body style="margin:0"><div style="height:400px">text</div>
    <iframe src="${server.url}${query}" width="${width}" height="${height}" style="border:0"></iframe>
    <div style="height:3000px">text</div></body>`,
  );
  const frame = page.frames()[1];
  if (frame === undefined) throw new Error("The page has no frame.");
  await frame.locator("#stage > .live").waitFor();
  return frame;
}

const wheels = () => renderer.events.filter(({ type }) => type === "wheel");
const scrolled = (top: number) => page.waitForFunction((value) => window.scrollY >= value, top);

describe("in a frame of another page", () => {
  test("the wheel scrolls that page over the view, and zooms once the view was clicked, or with Ctrl", async () => {
    const frame = await openNotebook([700, 400]);
    await page.mouse.move(300, 350);
    // The frame comes to lie below the pointer, and goes on.
    for (let turn = 1; turn <= 5; turn++) {
      await page.mouse.wheel(0, 60);
      await scrolled(60 * turn);
    }
    expect(wheels()).toEqual([]);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, 100);
    await page.keyboard.up("Control");
    await renderer.event("wheel");
    await frame.locator("#stage").click();
    await page.mouse.wheel(0, 40);
    await renderer.event("wheel", ({ deltaY }) => deltaY === 40);
    expect(await page.evaluate(() => window.scrollY)).toBe(300);
  });

  test("the wheel zooms where the pointer has rested over the view", async () => {
    const frame = await openNotebook([700, 400]);
    await page.mouse.move(300, 500);
    await frame.evaluate(() => new Promise((resolve) => setTimeout(resolve, 350)));
    await page.mouse.wheel(0, 30);
    await renderer.event("wheel", ({ deltaY }) => deltaY === 30);
    expect(await page.evaluate(() => window.scrollY)).toBe(0);
  });

  test("a small view has one button, which shows the others, and one figure", async () => {
    const frame = await openNotebook([300, 150]);
    const visible = () =>
      frame.locator("#controls button:visible").evaluateAll((all) => all.map(({ id }) => id));
    expect(await visible()).toEqual(["more"]);
    await frame.locator("#more").click();
    expect(await visible()).toContain("reset");
    expect(await frame.locator("#more").getAttribute("aria-expanded")).toBe("true");
    await frame.locator("#toggle-status").click();
    await frame.locator("#status-rate").filter({ hasText: /\S/ }).waitFor();
    expect(await frame.locator("#status .figure:visible").count()).toBe(1);
    await frame.locator("#toggle-status").click();
  });

  test("a frame is known without a query, and told otherwise by iframe=0", async () => {
    const hides = (frame: Frame) => frame.locator("#status").isHidden();
    expect(await hides(await openNotebook([700, 400]))).toBe(true);
    expect(await hides(await openNotebook([700, 400], "?iframe=0"))).toBe(false);
  });
});
