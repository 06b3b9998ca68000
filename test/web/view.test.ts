import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import type { Page } from "playwright-core";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { decodePng } from "../support/pictures.ts";
import { BLUE, type Color, GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";
import { isServedHere, paints, pixelAt, says, setHidden, shows, showsPicture } from "./viewing.ts";

/** Of "the" picture of these tests, 16:9 in a window of 800x600 px: bars of 75 px above and below. */
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
  await isServedHere(page);
  renderer.events.length = 0;
});

async function open(query = ""): Promise<void> {
  await page.goto(server.url + query);
  await showsPicture(page);
}

describe("the picture", () => {
  test("fills the window as far as its shape allows, upright, with the page's ground beside it", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await open();
    await shows(page, RED);
    expect(await page.title()).toBe("test-scene.obj – scenecast");
    expect(await pixelAt(page, 400, TOP - 5)).toEqual([17, 20, 23]);
    await paints(page, 200, TOP + 100, (color) => color.every((value) => value > 240));
    await paints(page, 600, TOP + 400, ([red, green]) => red > 180 && green < 70);
  });

  test("follows every frame, also one of another size, without moving anything", async () => {
    await open();
    renderer.draw(GREEN);
    await shows(page, GREEN);
    renderer.draw(BLUE, [400, 300]);
    await shows(page, BLUE);
    const box = await page.locator("#stage > .live").boundingBox();
    expect(box).toEqual({ x: 0, y: 0, width: 800, height: 600 });
    renderer.draw(RED);
    await shows(page, RED);
  });

  test("asks only its own server, and breaks no rule of its content security policy", async () => {
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    await open();
    expect(asked.filter((url) => !url.startsWith(server.url) && !url.startsWith("data:"))).toEqual([]);
    expect(sockets).toHaveLength(1);
    expect(complaints).toEqual([]);
    expect(
      await page.evaluate(
        () => document.querySelectorAll("[style], [onclick], script[src], link[rel=stylesheet]").length,
      ),
    ).toBe(0);
  });

  test("takes the window's dark or light as its ground", async () => {
    await open();
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await ground()).toBe("rgb(17, 20, 23)");
    await page.emulateMedia({ colorScheme: "light" });
    expect(await ground()).toBe("rgb(238, 240, 242)");
  });

  test("has a letterbox in the colour of its background, and dark or light panels to match", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    const dark: Color = [20, 23, 28];
    renderer.draw(dark, undefined, { topLeft: dark });
    await open("?encoding=mjpeg");
    await paints(page, 400, TOP - 5, ([red, , blue]) => Math.abs(red - 20) < 4 && Math.abs(blue - 28) < 4);
    const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    expect(await scheme()).toBe("dark");
    renderer.draw([250, 250, 240], undefined, { topLeft: [250, 250, 240] });
    await paints(page, 400, TOP - 5, (color) => color.every((value) => value > 235));
    expect(await scheme()).toBe("light");
    // A picture without a uniform background changes nothing.
    renderer.draw(RED);
    await shows(page, RED);
    expect(await scheme()).toBe("light");
  });

  test.each(["jpeg", "mjpeg"])(
    "by %s, is closed while the page is hidden and open again, once, when it is seen",
    async (encoding) => {
      await open(`?encoding=${encoding}`);
      expect(server.viewers).toBe(1);
      await setHidden(page, true);
      await page.locator("#stage > .live").waitFor({ state: "detached" });
      await renderer.until(() => renderer.images.viewers === 0);
      expect(await page.locator("#notice").isHidden()).toBe(true);
      renderer.draw(GREEN);
      await setHidden(page, false);
      await shows(page, GREEN);
      expect(server.viewers).toBe(1);
      expect(await page.locator("#stage > .live").count()).toBe(1);
      renderer.draw(RED);
    },
  );
});

describe("the window's size", () => {
  test("is told once at the start and once after it has changed", async () => {
    await open();
    expect(await renderer.event("resize")).toMatchObject({ width: 800, height: 600, pixelRatio: 1 });
    for (const width of [810, 850, 900]) await page.setViewportSize({ width, height: 500 });
    await renderer.event("resize", (event) => event.width === 900 && event.height === 500);
    const told = renderer.events.filter((event) => event.type === "resize").length;
    // The page answers to a later input only after whatever it had to say before.
    await page.setViewportSize({ width: 901, height: 500 });
    await renderer.event("resize", (event) => event.width === 901);
    expect(renderer.events.filter((event) => event.type === "resize").length).toBe(told + 1);
    await page.setViewportSize({ width: 800, height: 600 });
    await renderer.until(
      () => renderer.events.at(-1)?.type === "resize" && renderer.events.length > told + 1,
    );
  });

  test("carries the screen's pixel ratio, and its change", async () => {
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

describe("snapshot", () => {
  test("the key s saves a PNG of the picture under a name that says what and when", async () => {
    await open();
    renderer.draw(RED);
    const coming = page.waitForEvent("download");
    await page.keyboard.press("s");
    const download = await coming;
    expect(download.suggestedFilename()).toMatch(/^scenecast-test-scene-\d{8}-\d{6}\.png$/);
    const path = await download.path();
    const picture = decodePng(await Bun.file(path).bytes());
    await rm(path);
    expect([picture.width, picture.height]).toEqual([640, 360]);
    expect([...picture.data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect([...picture.data.subarray(-4, -1)]).toEqual([...RED]);
  });
});

test("where there is no picture, a snapshot is refused in the server's own words", async () => {
  await open();
  await page.route("**/snapshot.png", (route) =>
    route.fulfill({
      status: 503,
      contentType: "text/plain",
      body: "There is no picture: the renderer is starting.\n",
    }),
  );
  await page.locator("#snapshot").click();
  await says(page, "There is no picture: the renderer is starting.");
});

describe("status line", () => {
  test("shows size and transport; the key h hides it, and it stays hidden the next time", async () => {
    await open();
    const status = page.locator("#status");
    await status.filter({ hasText: "640 × 360" }).waitFor();
    expect(await page.locator("#status-transport").textContent()).toBe("JPEG");
    await page.keyboard.press("h");
    expect(await status.isHidden()).toBe(true);
    await page.reload();
    await showsPicture(page);
    expect(await status.isHidden()).toBe(true);
    await page.locator("#toggle-status").click();
    expect(await status.isVisible()).toBe(true);
  });

  test("counts the frames that came and times the own input", async () => {
    await open();
    await page.mouse.move(300, 300);
    const { timestamp } = await renderer.event("mouseMove");
    const figures = Promise.all([
      page.locator('#status-latency[title^="From your input"]').filter({ hasText: / ms$/ }).waitFor(),
      page
        .locator("#status-rate")
        .filter({ hasText: /^\d+ fps$/ })
        .waitFor(),
    ]);
    renderer.draw(GREEN, undefined, { eventTimestamp: timestamp });
    await figures;
    renderer.draw(RED);
  });
});

describe("for everybody", () => {
  test("picture, buttons and messages have names for a screen reader", async () => {
    await open();
    expect(await page.getByRole("img", { name: "Live 3D view of test-scene.obj" }).count()).toBe(1);
    expect(await page.locator("#reset").getAttribute("aria-keyshortcuts")).toBe("r Home");
    for (const name of ["Reset the view", "Save a snapshot", "Full screen", "Statistics", "Help"]) {
      expect(await page.getByRole("button", { name, exact: true }).count()).toBe(1);
    }
    expect(await page.locator("#live-region[role=status][aria-live=polite]").count()).toBe(1);
  });

  test("without a mouse: buttons by Tab, help by ?, back by Escape", async () => {
    await open();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Help" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.locator("#stage").focus();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("reset");
  });

  test("the focus ring is visible on the picture, and hidden after a click", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await open();
    renderer.draw(RED, [800, 600]);
    await shows(page, RED);
    await page.mouse.click(400, 300);
    await page.keyboard.press("ArrowLeft");
    const ring = () =>
      page.evaluate(
        () => getComputedStyle(document.querySelector("#stage") as Element, "::after").outlineStyle,
      );
    expect(await ring()).toBe("none");
    await paints(page, 799, 500, ([red, green]) => red > 180 && green < 70);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Shift+Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("stage");
    await paints(page, 799, 500, (color) => color.join() === "102,194,214");
    renderer.draw(RED);
  });

  test("the live region for screen readers is empty when the page has no message", async () => {
    await open();
    expect(await page.locator("#live-region").textContent()).toBe("");
  });

  test("figures scale with the browser's font size, and one tooltip is shown at a time", async () => {
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

  test("the buttons are hidden without JavaScript, which they need", async () => {
    const session = await browser.context.newCDPSession(page);
    await session.send("Emulation.setScriptExecutionDisabled", { value: true });
    await page.goto(server.url);
    expect(await page.locator("#controls button").count()).toBeGreaterThan(0);
    expect(await page.locator("button:visible").count()).toBe(0);
  });

  test("nothing moves by itself for those who asked for that", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await open();
    expect(
      await page.evaluate(
        () => getComputedStyle(document.querySelector("#notice") ?? document.body).animationName,
      ),
    ).toBe("none");
  });

  test("full screen by the key f and back", async () => {
    await open();
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement !== null);
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement === null);
  });
});
