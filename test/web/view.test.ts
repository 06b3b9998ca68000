import { describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { decodePng } from "../support/images.ts";
import {
  pixelAt,
  setHidden,
  waitForColor,
  waitForInputLatency,
  waitForMessage,
  waitForPixel,
  waitForStatistic,
  waitForView,
} from "./page-assertions.ts";
import { BLUE, type Color, GREEN, RED } from "./pattern-renderer.ts";
import { useView } from "./view-fixture.ts";

/** Height of the bars above and below the view, px: 16:9 in a window of 800x600 px. */
const TOP = 75;

const view = useView({ serverPer: "file", server: { title: "test-scene.obj" } });

async function open(query = ""): Promise<void> {
  await view.page.goto(view.server.url + query);
  await waitForView(view.page);
}

describe("the view", () => {
  test("fits the window upright between bars of the page's background", async () => {
    await view.page.emulateMedia({ colorScheme: "dark" });
    await open();
    await waitForColor(view.page, RED);
    expect(await view.page.title()).toBe("test-scene.obj – scenecast");
    expect(await pixelAt(view.page, 400, TOP - 5)).toEqual([17, 20, 23]);
    await waitForPixel(view.page, 200, TOP + 100, (color) => color.every((value) => value > 240));
    await waitForPixel(view.page, 600, TOP + 400, ([red, green]) => red > 180 && green < 70);
  });

  test("the view shows every frame, also one of another size, at the same place", async () => {
    await open();
    view.renderer.draw(GREEN);
    await waitForColor(view.page, GREEN);
    view.renderer.draw(BLUE, [400, 300]);
    await waitForColor(view.page, BLUE);
    const box = await view.page.locator("#stage > .live").boundingBox();
    expect(box).toEqual({ x: 0, y: 0, width: 800, height: 600 });
    view.renderer.draw(RED);
    await waitForColor(view.page, RED);
  });

  test("the view sends requests only to its own server and violates no content security policy", async () => {
    const requests: string[] = [];
    const consoleMessages: string[] = [];
    view.page.on("request", (request) => requests.push(request.url()));
    view.page.on("console", (message) => consoleMessages.push(message.text()));
    view.page.on("pageerror", (error) => consoleMessages.push(String(error)));
    const sockets: string[] = [];
    view.page.on("websocket", (socket) => sockets.push(socket.url()));
    await open();
    expect(requests.filter((url) => !url.startsWith(view.server.url) && !url.startsWith("data:"))).toEqual(
      [],
    );
    expect(sockets).toHaveLength(1);
    expect(consoleMessages).toEqual([]);
    expect(
      await view.page.evaluate(
        () => document.querySelectorAll("[style], [onclick], script[src], link[rel=stylesheet]").length,
      ),
    ).toBe(0);
  });

  test("the view has a background of the browser's color scheme", async () => {
    await open();
    const backgroundColor = () => view.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await view.page.emulateMedia({ colorScheme: "dark" });
    expect(await backgroundColor()).toBe("rgb(17, 20, 23)");
    await view.page.emulateMedia({ colorScheme: "light" });
    expect(await backgroundColor()).toBe("rgb(238, 240, 242)");
  });

  test("the view has a letterbox in the color of the scene's background, and dark or light panels to match", async () => {
    await view.page.emulateMedia({ colorScheme: "light" });
    const dark: Color = [20, 23, 28];
    view.renderer.draw(dark, undefined, { topLeft: dark });
    await open("?encoding=mjpeg");
    await waitForPixel(
      view.page,
      400,
      TOP - 5,
      ([red, , blue]) => Math.abs(red - 20) < 4 && Math.abs(blue - 28) < 4,
    );
    const scheme = () => view.page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    expect(await scheme()).toBe("dark");
    view.renderer.draw([250, 250, 240], undefined, { topLeft: [250, 250, 240] });
    await waitForPixel(view.page, 400, TOP - 5, (color) => color.every((value) => value > 235));
    expect(await scheme()).toBe("light");
    // A frame without a uniform background changes nothing.
    view.renderer.draw(RED);
    await waitForColor(view.page, RED);
    expect(await scheme()).toBe("light");
  });

  test.each(["jpeg", "mjpeg"])(
    "the view closes its %s stream while the page is hidden, and opens one stream when it is visible",
    async (encoding) => {
      await open(`?encoding=${encoding}`);
      // The page before may have left a moment ago.
      await view.renderer.until(() => view.server.viewers === 1);
      await setHidden(view.page, true);
      await view.page.locator("#stage > .live").waitFor({ state: "detached" });
      await view.renderer.until(() => view.renderer.images.viewers === 0);
      expect(await view.page.locator("#notice").isHidden()).toBe(true);
      view.renderer.draw(GREEN);
      await setHidden(view.page, false);
      await waitForColor(view.page, GREEN);
      expect(view.server.viewers).toBe(1);
      expect(await view.page.locator("#stage > .live").count()).toBe(1);
      view.renderer.draw(RED);
    },
  );
});

describe("the window's size", () => {
  test("the window's size is sent once at the start and once after changes", async () => {
    await open();
    expect(await view.renderer.event("resize")).toMatchObject({ width: 800, height: 600, pixelRatio: 1 });
    for (const width of [810, 850, 900]) await view.page.setViewportSize({ width, height: 500 });
    await view.renderer.event("resize", (event) => event.width === 900 && event.height === 500);
    const resizes = view.renderer.events.filter((event) => event.type === "resize").length;
    // Messages keep their order, so that further ones would be received before the next resize.
    await view.page.setViewportSize({ width: 901, height: 500 });
    await view.renderer.event("resize", (event) => event.width === 901);
    expect(view.renderer.events.filter((event) => event.type === "resize").length).toBe(resizes + 1);
    await view.page.setViewportSize({ width: 800, height: 600 });
    await view.renderer.until(
      () => view.renderer.events.at(-1)?.type === "resize" && view.renderer.events.length > resizes + 1,
    );
  });

  test("the window's size includes the device pixel ratio and its change", async () => {
    await open();
    await view.renderer.event("resize");
    const session = await view.browserContext.newCDPSession(view.page);
    await session.send("Emulation.setDeviceMetricsOverride", {
      width: 400,
      height: 300,
      deviceScaleFactor: 2,
      mobile: false,
    });
    expect(await view.renderer.event("resize", (event) => event.pixelRatio === 2)).toMatchObject({
      width: 400,
      height: 300,
    });
  });
});

describe("the snapshot", () => {
  test("the snapshot is saved as a PNG named after scene and time when the key s is pressed", async () => {
    await open();
    view.renderer.draw(RED);
    const downloadPromise = view.page.waitForEvent("download");
    await view.page.keyboard.press("s");
    const download = await downloadPromise;
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
  await view.page.route("**/snapshot.png?*", (route) =>
    route.fulfill({
      status: 503,
      contentType: "text/plain",
      body: "There is no picture: the renderer is starting.\n",
    }),
  );
  await view.page.locator("#snapshot").click();
  await waitForMessage(view.page, "There is no picture: the renderer is starting.");
});

describe("the status line on the page", () => {
  test("the status is a dot that names the state, and shows its figures on demand, also after a reload", async () => {
    await open();
    const figures = view.page.getByRole("note", { name: "Statistics" });
    await view.page.getByRole("button", { name: "Status: live, still" }).waitFor();
    expect(await figures.isHidden()).toBe(true);
    await view.page.keyboard.press("h");
    await figures.filter({ hasText: "640 × 360" }).waitFor();
    expect(await view.page.locator("#status-transport").textContent()).toBe("JPEG");
    await view.page.reload();
    await waitForView(view.page);
    expect(await figures.isVisible()).toBe(true);
    await view.page.getByRole("button", { name: "Status" }).click();
    expect(await figures.isHidden()).toBe(true);
    await view.page.reload();
    await waitForView(view.page);
    expect(await figures.isHidden()).toBe(true);
  });

  test("the status line on the page shows frame rate and input latency", async () => {
    await open();
    await view.page.mouse.move(300, 300);
    const { timestamp } = await view.renderer.event("mouseMove");
    const statistics = Promise.all([
      waitForInputLatency(view.page),
      waitForStatistic(view.page, "rate", /^\d+ fps$/),
    ]);
    view.renderer.draw(GREEN, undefined, { eventTimestamp: timestamp });
    await statistics;
    view.renderer.draw(RED);
  });
});

describe("accessibility of the page", () => {
  test("the page names view, buttons and messages for screen readers", async () => {
    await open();
    expect(await view.page.getByRole("img", { name: "Live 3D view of test-scene.obj" }).count()).toBe(1);
    expect(await view.page.locator("#reset").getAttribute("aria-keyshortcuts")).toBe("r Home");
    for (const name of ["Reset the view", "Save a snapshot", "Full screen", "Help"]) {
      expect(await view.page.getByRole("button", { name, exact: true }).count()).toBe(1);
    }
    await view.page.getByRole("button", { name: "Status: live, still", exact: true }).waitFor();
    expect(await view.page.locator("#live-region[role=status][aria-live=polite]").count()).toBe(1);
  });

  test("reaches buttons by Tab, opens the help by ? and closes it by Escape", async () => {
    await open();
    await view.page.keyboard.press("?");
    await view.page.getByRole("dialog", { name: "Help" }).waitFor();
    await view.page.keyboard.press("Escape");
    await view.page.getByRole("dialog").waitFor({ state: "hidden" });
    await view.page.locator("#stage").focus();
    await view.page.keyboard.press("Tab");
    expect(await view.page.evaluate(() => document.activeElement?.id)).toBe("reset");
  });

  test("the page shows the focus ring on the view, and hides it after a click", async () => {
    await view.page.emulateMedia({ colorScheme: "dark" });
    await open();
    view.renderer.draw(RED, [800, 600]);
    await waitForColor(view.page, RED);
    await view.page.mouse.click(400, 300);
    await view.page.keyboard.press("ArrowLeft");
    const ringStyle = () =>
      view.page.evaluate(
        () => getComputedStyle(document.querySelector("#stage") as Element, "::after").outlineStyle,
      );
    expect(await ringStyle()).toBe("none");
    await waitForPixel(view.page, 799, 500, ([red, green]) => red > 180 && green < 70);
    await view.page.keyboard.press("Tab");
    await view.page.keyboard.press("Shift+Tab");
    expect(await view.page.evaluate(() => document.activeElement?.id)).toBe("stage");
    await waitForPixel(view.page, 799, 500, (color) => color.join() === "102,194,214");
    view.renderer.draw(RED);
  });

  test("the page has an empty live region when there is no message", async () => {
    await open();
    expect(await view.page.locator("#live-region").textContent()).toBe("");
  });

  test("the page scales the status line with the browser's font size, and shows one tooltip at a time", async () => {
    await open();
    const session = await view.browserContext.newCDPSession(view.page);
    await session.send("Page.enable");
    const size = () =>
      view.page.evaluate(() => getComputedStyle(document.querySelector("#status") ?? document.body).fontSize);
    expect(await size()).toBe("12px");
    await session.send("Page.setFontSizes", { fontSizes: { standard: 24 } });
    await view.page.waitForFunction(
      () => getComputedStyle(document.querySelector("#status") ?? document.body).fontSize === "18px",
    );
    const visibleTooltips = () =>
      view.page.evaluate(() =>
        [...document.querySelectorAll("#controls button")]
          .filter((button) => getComputedStyle(button, "::after").visibility === "visible")
          .map(({ id }) => id),
      );
    await view.page.locator("#stage").focus();
    await view.page.keyboard.press("Tab");
    expect(await visibleTooltips()).toEqual(["reset"]);
    await view.page.locator("#help").hover();
    expect(await visibleTooltips()).toEqual(["help"]);
  });

  test("the page hides the buttons without JavaScript, which they require", async () => {
    const session = await view.browserContext.newCDPSession(view.page);
    await session.send("Emulation.setScriptExecutionDisabled", { value: true });
    await view.page.goto(view.server.url);
    expect(await view.page.locator("#controls button").count()).toBeGreaterThan(0);
    expect(await view.page.locator("button:visible").count()).toBe(0);
  });

  test("the page has no animations if reduced motion is preferred", async () => {
    await view.page.emulateMedia({ reducedMotion: "reduce" });
    await open();
    expect(
      await view.page.evaluate(
        () => getComputedStyle(document.querySelector("#notice") ?? document.body).animationName,
      ),
    ).toBe("none");
  });

  test("toggles full screen by the key f", async () => {
    await open();
    await view.page.keyboard.press("f");
    await view.page.waitForFunction(() => document.fullscreenElement !== null);
    await view.page.keyboard.press("f");
    await view.page.waitForFunction(() => document.fullscreenElement === null);
  });
});
