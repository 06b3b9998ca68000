import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { RECOVERY_NOTE } from "../../src/web/status/status-message.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import {
  pixelAt,
  waitForColor,
  waitForMessage,
  waitForPixel,
  waitForStatus,
  waitForView,
  withHelloFields,
} from "./page-assertions.ts";
import { BLUE, GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";
import { PrefixProxy } from "./prefix-proxy.ts";

let server: ScenecastServer;
let renderer: PatternRenderer;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
});

beforeEach(async () => {
  for (const old of browser.context.pages()) await old.close();
  page = await browser.context.newPage();
  server = await startServer({ port: 0, title: "bunny.obj", producer: "renderer" });
  renderer = new PatternRenderer();
});

afterEach(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

function attach(): void {
  server.attach(renderer.names);
  renderer.draw(RED);
}

/** Waits until the page has copied the frame of a stream that loses it on a disconnect. */
async function copied(): Promise<void> {
  await page.waitForFunction(
    () => (document.querySelector<HTMLCanvasElement>("#stage > .still")?.width ?? 0) > 0,
  );
}

describe("a page whose server stopped", () => {
  test.each(["jpeg", "mjpeg"])(
    "by %s shows its last frame dimmed with a message, and is live again when the server is back",
    async (encoding) => {
      attach();
      await page.emulateMedia({ colorScheme: "dark" });
      await page.goto(`${server.url}?encoding=${encoding}`);
      await waitForView(page);
      await waitForColor(page, RED);
      const { port } = server;
      if (encoding === "mjpeg") await copied();
      await server.stop();
      await waitForStatus(page, { connection: { name: "disconnected", retryAt: null } });
      expect(await page.locator("#stage > .live").count()).toBe(0);
      await waitForPixel(page, 600, 450, ([red, green]) => red > green + 5 && red < 160);

      server = await startServer({ port, title: "bunny.obj", producer: "renderer" });
      server.attach(renderer.names);
      renderer.draw(GREEN);
      await waitForMessage(page, RECOVERY_NOTE.text);
      await waitForColor(page, GREEN);
      await page.locator("#notice").waitFor({ state: "hidden" });
      expect(server.viewers).toBe(1);
      renderer.draw(BLUE);
      await waitForColor(page, BLUE);
      await renderer.event("resize");
    },
  );

  test("reconnects immediately when the network is back", async () => {
    await page.goto(server.url);
    await waitForStatus(page, { renderer: { state: "starting" } });
    const { port } = server;
    await server.stop();
    // The next attempt is then seconds away.
    await waitForMessage(page, / [3-5] s…$/);
    server = await startServer({ port, producer: "renderer" });
    const socket = page.waitForEvent("websocket");
    await page.evaluate(() => window.dispatchEvent(new Event("online")));
    await socket;
    await waitForStatus(page, { renderer: { state: "starting" } });
  });

  test("says where the token is if the restarted server requires another one", async () => {
    const first = await startServer({ port: 0, producer: "renderer", token: "first-token-of-the-test" });
    await page.goto(first.url);
    await waitForStatus(page, { renderer: { state: "starting" } });
    await first.stop();
    const second = await startServer({
      port: first.port,
      producer: "renderer",
      token: "second-token-of-the-test",
    });
    await waitForStatus(page, { connection: { name: "unauthorized" } });
    expect(await page.locator("#notice-detail").textContent()).toContain("?token=");
    await page.goto(second.url);
    await waitForStatus(page, { renderer: { state: "starting" } });
    await second.stop();
  });
});

test("an MJPEG stream that breaks while the server is connected is reopened, and the last frame stays visible", async () => {
  attach();
  await using proxy = new PrefixProxy("/p/", server.url);
  await page.goto(`${proxy.url}?encoding=mjpeg`);
  await waitForView(page);
  await copied();
  proxy.breakResponses();
  await page.locator("#stage > img").waitFor({ state: "detached" });
  expect(await page.locator("#notice").isHidden()).toBe(true);
  renderer.draw(GREEN);
  await waitForColor(page, GREEN);
  expect(server.viewers).toBe(1);
  await page.close();
});

describe("a page whose renderer fails", () => {
  test("dims the last frame without an older copy shining through", async () => {
    attach();
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await page.goto(`${server.url}?encoding=mjpeg`);
    await waitForView(page);
    await waitForColor(page, RED);
    await copied();
    server.detach("It was ended.", { restarting: true });
    await waitForStatus(page, { renderer: { state: "gone", reason: "", restarting: true } });
    await waitForPixel(page, 600, 450, ([red]) => red < 160);
    const before = await pixelAt(page, 600, 450);
    // While the view moves, the copy is an older frame.
    await page.evaluate(() => {
      const context = document.querySelector<HTMLCanvasElement>("#stage > .still")?.getContext("2d");
      if (!context) return;
      context.fillStyle = "white";
      context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    });
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    expect(await pixelAt(page, 600, 450)).toEqual(before);
  });

  test("reports each step of the renderer's restart and keeps the last frame", async () => {
    await page.goto(server.url);
    await waitForStatus(page, { renderer: { state: "starting" } });
    server.setRendererStatus({ state: "loading", fraction: 0.43, phase: "loading bunny.obj" });
    await waitForStatus(page, { renderer: { state: "loading", fraction: 0.43, phase: "loading bunny.obj" } });
    expect(await page.locator("#notice-progress").getAttribute("value")).toBe("0.43");
    server.setRendererStatus({ state: "waiting-for-first-frame" });
    await waitForStatus(page, { renderer: { state: "waiting-for-first-frame" } });
    attach();
    await waitForView(page);
    await waitForColor(page, RED);

    server.detach("It was ended by SIGKILL.", { restarting: true });
    await waitForStatus(page, { renderer: { state: "gone", reason: "", restarting: true } });
    expect(await page.locator("#notice-detail").textContent()).toBe("It was ended by SIGKILL.");
    expect(await page.locator("#live-region").textContent()).toContain("restarting");
    expect(await page.locator("#stage > .live").count()).toBe(1);

    using other = new PatternRenderer();
    server.attach(other.names);
    other.draw(BLUE);
    await waitForMessage(page, RECOVERY_NOTE.text);
    await waitForColor(page, BLUE);
    expect(server.viewers).toBe(1);
    // The server sends the window's size to the new renderer.
    await other.event("resize");
  });

  test("reports a renderer that is not responding if a drag has no frame and no event is read", async () => {
    attach();
    await page.goto(server.url);
    await waitForView(page);
    renderer.stopReadingEvents();
    await page.mouse.move(300, 300);
    await page.mouse.down();
    await page.mouse.move(400, 320, { steps: 4 });
    await page.locator("#status-rate").filter({ hasText: "waiting" }).waitFor();
    await waitForStatus(page, { renderer: { state: "not-answering", reason: "" } });
    renderer.resumeReadingEvents();
    await page.mouse.up();
    renderer.draw(GREEN);
    await waitForView(page);
    await waitForColor(page, GREEN);
  });

  test("shows a problem of a running renderer until it is solved, and does not dim the view", async () => {
    attach();
    await page.goto(server.url);
    await waitForView(page);
    server.setRendererStatus({ state: "running", problem: "The old scene stays: bunny.obj is empty." });
    await waitForMessage(page, "The old scene stays: bunny.obj is empty.");
    expect(await page.evaluate(() => document.body.classList.contains("outdated"))).toBe(false);
    server.setRendererStatus({ state: "running" });
    await waitForView(page);
  });

  test("works on after input that no renderer received", async () => {
    attach();
    await page.goto(server.url);
    await waitForView(page);
    server.detach("It ended.");
    await waitForStatus(page, { renderer: { state: "gone", reason: "", restarting: false } });
    await page.mouse.click(400, 300);
    await page.mouse.wheel(0, 100);
    await page.keyboard.press("r");
    server.attach(renderer.names);
    renderer.draw(GREEN);
    await waitForColor(page, GREEN);
  });
});

test("a viewer that may not steer is told so by the page, which sends no events", async () => {
  attach();
  const sent: string[] = [];
  await page.routeWebSocket(/\/ws\?/, (socket) => {
    const upstream = socket.connectToServer();
    socket.onMessage((message) => {
      sent.push(String(message));
      upstream.send(message);
    });
    upstream.onMessage((message) => {
      socket.send(withHelloFields(message, { maySteer: false }));
    });
  });
  await page.goto(server.url);
  await page.locator("#view-only").waitFor();
  await waitForView(page);
  await page.mouse.click(400, 300);
  await page.mouse.wheel(0, 100);
  await page.keyboard.press("r");
  const pong = page.waitForEvent("console", { predicate: (message) => message.text() === "painted" });
  await page.evaluate(() => requestAnimationFrame(() => requestAnimationFrame(() => console.log("painted"))));
  await pong;
  const types = new Set(sent.map((message) => JSON.parse(message).type));
  expect([...types].toSorted()).toEqual(["ack", "frames", "ping"]);
  expect(await page.locator("#reset").isHidden()).toBe(true);
});

test("a page of another protocol version than the server's reloads itself once", async () => {
  attach();
  await page.routeWebSocket(/\/ws\?/, (socket) => {
    socket.connectToServer().onMessage((message) => {
      socket.send(withHelloFields(message, { protocol: 999 }));
    });
  });
  const loads: string[] = [];
  page.on("request", (request) => {
    if (request.resourceType() === "document") loads.push(request.url());
  });
  const again = page.waitForEvent("framenavigated", { predicate: () => loads.length === 2 });
  await page.goto(server.url);
  await again;
  await waitForView(page);
  await waitForColor(page, RED);
  expect(loads).toHaveLength(2);
});

describe("an embedded or proxied page", () => {
  for (const prefix of ["/user/x/proxy/8000/", "/user/x/proxy/8000"]) {
    test(`works below the prefix ${prefix} of a proxy`, async () => {
      attach();
      await using proxy = new PrefixProxy(prefix, server.url);
      await page.goto(proxy.url);
      await waitForView(page);
      await waitForColor(page, RED);
      await page.mouse.click(200, 300);
      expect((await renderer.event("mouseRelease")).x).toBeCloseTo(0.25, 5);
      const download = page.waitForEvent("download");
      await page.keyboard.press("s");
      expect((await download).suggestedFilename()).toEndWith(".png");
      await page.close();
    });
  }

  test("needs no cookie in a frame of another site, because its URL has the token", async () => {
    const guarded = await startServer({ port: 0, token: "token-of-the-framed-page" });
    guarded.attach(renderer.names);
    renderer.draw(GREEN);
    // 127.0.0.1 and localhost are two sites, and the server's cookie is SameSite=Strict.
    const framed = guarded.url.replace("127.0.0.1", "localhost");
    const host = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () =>
        new Response(
          `<!doctype html><iframe src="${framed}&iframe=1" width="600" height="300" allow="fullscreen"></iframe>`,
          { headers: { "Content-Type": "text/html" } },
        ),
    });
    await page.goto(`http://127.0.0.1:${host.port}/`);
    const frame = page.frameLocator("iframe");
    await frame.locator("#stage > .live").waitFor();
    // 16:9 in a frame of 600x300 px that lies 8 px from the window's edges.
    await waitForPixel(page, 400, 250, ([red, green]) => green > 170 && red < 70);
    renderer.draw(BLUE);
    await waitForPixel(page, 400, 250, ([red, , blue]) => blue > 180 && red < 70);
    expect(await frame.locator("#status").isHidden()).toBe(true);
    // Clicks in the frame, which runs in its own process: a click in the window may miss it.
    await frame.locator("#stage").click({ position: { x: 290, y: 140 } });
    await renderer.event("mouseRelease");
    // The focus moves there asynchronously.
    await page.frames()[1]?.waitForFunction(() => document.hasFocus());
    await page.keyboard.press("r");
    await renderer.event("keyUp");
    await host.stop(true);
    await guarded.stop();
  });
});
