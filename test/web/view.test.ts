import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import type { Page } from "playwright-core";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { decodePng } from "../support/images.ts";
import {
  pixelAt,
  setHidden,
  simulateLocalServer,
  waitForColor,
  waitForMessage,
  waitForPixel,
  waitForView,
} from "./page-assertions.ts";
import { BLUE, type Color, GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";

/** Height of the bars above and below the view, px: 16:9 in a window of 800x600 px. */
const TOP = 75;

let server: ScenecastServer;
let renderer: PatternRenderer;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  server = await startServer({ port: 0, title: "test-scene.obj" });
  renderer = new PatternRenderer();
  server.attach(renderer.names);
  renderer.draw(RED);
  browser = await launchBrowser({ acceptDownloads: true });
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await server.stop();
  renderer[Symbol.dispose]();
});

/** A new page for each promise: nothing of one test is left in the next. */
beforeEach(async () => {
  for (const old of browser.context.pages()) await old.close();
  page = await browser.context.newPage();
  await simulateLocalServer(page);
  renderer.events.length = 0;
});

async function open(query = ""): Promise<void> {
  await page.goto(server.url + query);
  await waitForView(page);
}

describe("the view", () => {
  test("fits the window upright between bars of the page's background", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await open();
    await waitForColor(page, RED);
    expect(await page.title()).toBe("test-scene.obj – scenecast");
    expect(await pixelAt(page, 400, TOP - 5)).toEqual([17, 20, 23]);
    await waitForPixel(page, 200, TOP + 100, (color) => color.every((value) => value > 240));
    await waitForPixel(page, 600, TOP + 400, ([red, green]) => red > 180 && green < 70);
  });

  test("shows every frame, also one of another size, at the same place", async () => {
    await open();
    renderer.draw(GREEN);
    await waitForColor(page, GREEN);
    renderer.draw(BLUE, [400, 300]);
    await waitForColor(page, BLUE);
    const box = await page.locator("#stage > .live").boundingBox();
    expect(box).toEqual({ x: 0, y: 0, width: 800, height: 600 });
    renderer.draw(RED);
    await waitForColor(page, RED);
  });

  test("sends requests only to its own server and keeps its content security policy", async () => {
    const requests: string[] = [];
    const consoleMessages: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => consoleMessages.push(message.text()));
    page.on("pageerror", (error) => consoleMessages.push(String(error)));
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    await open();
    expect(requests.filter((url) => !url.startsWith(server.url) && !url.startsWith("data:"))).toEqual([]);
    expect(sockets).toHaveLength(1);
    expect(consoleMessages).toEqual([]);
    expect(
      await page.evaluate(
        () => document.querySelectorAll("[style], [onclick], script[src], link[rel=stylesheet]").length,
      ),
    ).toBe(0);
  });

  test("has a background of the browser's colour scheme", async () => {
    await open();
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await ground()).toBe("rgb(17, 20, 23)");
    await page.emulateMedia({ colorScheme: "light" });
    expect(await ground()).toBe("rgb(238, 240, 242)");
  });

  test("has a letterbox in the colour of the scene's background, and dark or light panels to match", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    const dark: Color = [20, 23, 28];
    renderer.draw(dark, undefined, { topLeft: dark });
    await open("?encoding=mjpeg");
    await waitForPixel(
      page,
      400,
      TOP - 5,
      ([red, , blue]) => Math.abs(red - 20) < 4 && Math.abs(blue - 28) < 4,
    );
    const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    expect(await scheme()).toBe("dark");
    renderer.draw([250, 250, 240], undefined, { topLeft: [250, 250, 240] });
    await waitForPixel(page, 400, TOP - 5, (color) => color.every((value) => value > 235));
    expect(await scheme()).toBe("light");
    // A frame without a uniform background changes nothing.
    renderer.draw(RED);
    await waitForColor(page, RED);
    expect(await scheme()).toBe("light");
  });

  test.each(["jpeg", "mjpeg"])(
    "by %s closes its stream while the page is hidden, and opens one stream when it is visible",
    async (encoding) => {
      await open(`?encoding=${encoding}`);
      expect(server.viewers).toBe(1);
      await setHidden(page, true);
      await page.locator("#stage > .live").waitFor({ state: "detached" });
      await renderer.until(() => renderer.images.viewers === 0);
      expect(await page.locator("#notice").isHidden()).toBe(true);
      renderer.draw(GREEN);
      await setHidden(page, false);
      await waitForColor(page, GREEN);
      expect(server.viewers).toBe(1);
      expect(await page.locator("#stage > .live").count()).toBe(1);
      renderer.draw(RED);
    },
  );
});

describe("the window's size", () => {
  test("is sent once at the start and once after changes", async () => {
    await open();
    expect(await renderer.event("resize")).toMatchObject({ width: 800, height: 600, pixelRatio: 1 });
    for (const width of [810, 850, 900]) await page.setViewportSize({ width, height: 500 });
    await renderer.event("resize", (event) => event.width === 900 && event.height === 500);
    const resizes = renderer.events.filter((event) => event.type === "resize").length;
    // Messages keep their order, so that further ones would be received before the next resize.
    await page.setViewportSize({ width: 901, height: 500 });
    await renderer.event("resize", (event) => event.width === 901);
    expect(renderer.events.filter((event) => event.type === "resize").length).toBe(resizes + 1);
    await page.setViewportSize({ width: 800, height: 600 });
    await renderer.until(
      () => renderer.events.at(-1)?.type === "resize" && renderer.events.length > resizes + 1,
    );
  });

  test("includes the device pixel ratio and its change", async () => {
    await open();
    await renderer.event("resize");
    const session = await browser.context.newCDPSession(page);
    await session.send("Emulation.setDeviceMetricsOverride", {
      width: 400,
      height: 300,
      deviceScaleFactor: 2,
      mobile: false,
    });
    expect(await renderer.event("resize", (event) => event.pixelRatio === 2)).toMatchObject({
      width: 400,
      height: 300,
    });
  });
});

describe("the snapshot", () => {
  test("is saved by the key s as a PNG named after scene and time", async () => {
    await open();
    renderer.draw(RED);
    const coming = page.waitForEvent("download");
    await page.keyboard.press("s");
    const download = await coming;
    expect(download.suggestedFilename()).toMatch(/^scenecast-test-scene-\d{8}-\d{6}\.png$/);
    const path = await download.path();
    const image = decodePng(await Bun.file(path).bytes());
    await rm(path);
    expect([image.width, image.height]).toEqual([640, 360]);
    expect([...image.data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect([...image.data.subarray(-4, -1)]).toEqual([...RED]);
  });
});

test("a failed snapshot shows the server's reason", async () => {
  await open();
  await page.route("**/snapshot.png", (route) =>
    route.fulfill({
      status: 503,
      contentType: "text/plain",
      body: "There is no picture: the renderer is starting.\n",
    }),
  );
  await page.locator("#snapshot").click();
  await waitForMessage(page, "There is no picture: the renderer is starting.");
});

describe("the status line on the page", () => {
  test("shows size and transport, and stays hidden after a reload if the key h hid it", async () => {
    await open();
    const status = page.locator("#status");
    await status.filter({ hasText: "640 × 360" }).waitFor();
    expect(await page.locator("#status-transport").textContent()).toBe("JPEG");
    await page.keyboard.press("h");
    expect(await status.isHidden()).toBe(true);
    await page.reload();
    await waitForView(page);
    expect(await status.isHidden()).toBe(true);
    await page.locator("#toggle-status").click();
    expect(await status.isVisible()).toBe(true);
  });

  test("shows frame rate and input latency", async () => {
    await open();
    await page.mouse.move(300, 300);
    const { timestamp } = await renderer.event("mouseMove");
    const statistics = Promise.all([
      page.locator('#status-latency[title^="From your input"]').filter({ hasText: / ms$/ }).waitFor(),
      page
        .locator("#status-rate")
        .filter({ hasText: /^\d+ fps$/ })
        .waitFor(),
    ]);
    renderer.draw(GREEN, undefined, { eventTimestamp: timestamp });
    await statistics;
    renderer.draw(RED);
  });
});

describe("accessibility of the page", () => {
  test("names view, buttons and messages for screen readers", async () => {
    await open();
    expect(await page.getByRole("img", { name: "Live 3D view of test-scene.obj" }).count()).toBe(1);
    expect(await page.locator("#reset").getAttribute("aria-keyshortcuts")).toBe("r Home");
    for (const name of ["Reset the view", "Save a snapshot", "Full screen", "Statistics", "Help"]) {
      expect(await page.getByRole("button", { name, exact: true }).count()).toBe(1);
    }
    expect(await page.locator("#live-region[role=status][aria-live=polite]").count()).toBe(1);
  });

  test("reaches buttons by Tab, opens the help by ? and closes it by Escape", async () => {
    await open();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Help" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.locator("#stage").focus();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("reset");
  });

  test("shows the focus ring on the view, and hides it after a click", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await open();
    renderer.draw(RED, [800, 600]);
    await waitForColor(page, RED);
    await page.mouse.click(400, 300);
    await page.keyboard.press("ArrowLeft");
    const ring = () =>
      page.evaluate(
        () => getComputedStyle(document.querySelector("#stage") as Element, "::after").outlineStyle,
      );
    expect(await ring()).toBe("none");
    await waitForPixel(page, 799, 500, ([red, green]) => red > 180 && green < 70);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Shift+Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("stage");
    await waitForPixel(page, 799, 500, (color) => color.join() === "102,194,214");
    renderer.draw(RED);
  });

  test("has an empty live region when there is no message", async () => {
    await open();
    expect(await page.locator("#live-region").textContent()).toBe("");
  });

  test("scales the status line with the browser's font size, and shows one tooltip at a time", async () => {
    await open();
    const session = await browser.context.newCDPSession(page);
    await session.send("Page.enable");
    const size = () =>
      page.evaluate(() => getComputedStyle(document.querySelector("#status") ?? document.body).fontSize);
    expect(await size()).toBe("12px");
    await session.send("Page.setFontSizes", { fontSizes: { standard: 24 } });
    await page.waitForFunction(
      () => getComputedStyle(document.querySelector("#status") ?? document.body).fontSize === "18px",
    );
    const tips = () =>
      page.evaluate(() =>
        [...document.querySelectorAll("#controls button")]
          .filter((button) => getComputedStyle(button, "::after").visibility === "visible")
          .map(({ id }) => id),
      );
    await page.locator("#stage").focus();
    await page.keyboard.press("Tab");
    expect(await tips()).toEqual(["reset"]);
    await page.locator("#help").hover();
    expect(await tips()).toEqual(["help"]);
  });

  test("hides the buttons without JavaScript, which they require", async () => {
    const session = await browser.context.newCDPSession(page);
    await session.send("Emulation.setScriptExecutionDisabled", { value: true });
    await page.goto(server.url);
    expect(await page.locator("#controls button").count()).toBeGreaterThan(0);
    expect(await page.locator("button:visible").count()).toBe(0);
  });

  test("has no animations if reduced motion is preferred", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await open();
    expect(
      await page.evaluate(
        () => getComputedStyle(document.querySelector("#notice") ?? document.body).animationName,
      ),
    ).toBe("none");
  });

  test("toggles full screen by the key f", async () => {
    await open();
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement !== null);
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement === null);
  });
});
