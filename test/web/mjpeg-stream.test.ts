import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer, ServerOptions } from "../../src/server/server.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import {
  simulateLocalServer,
  waitForColor,
  waitForMessage,
  waitForPixel,
  waitForStatus,
  waitForView,
  withHelloFields,
} from "./page-assertions.ts";
import { GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";

let browser: TestBrowser;
let page: Page;
let server: ScenecastServer;
let renderer: PatternRenderer;

beforeAll(async () => {
  browser = await launchBrowser({ acceptDownloads: true });
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
});

beforeEach(async () => {
  for (const old of browser.context.pages()) await old.close();
  page = await browser.context.newPage();
  await simulateLocalServer(page);
  renderer = new PatternRenderer();
});

afterEach(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

async function start(options: ServerOptions = {}): Promise<void> {
  server = await startServer({ port: 0, ...options });
}

describe("an MJPEG stream before the first frame", () => {
  test("leaves the page waiting, which then shows the frame by itself", async () => {
    await start();
    server.attach(renderer.names);
    await page.goto(server.url);
    await waitForStatus(page, { renderer: { state: "waiting-for-first-frame" } });
    renderer.draw(RED);
    await waitForView(page);
    await waitForColor(page, RED);
  });

  test("shows a placeholder in an <img> of another page, and then the frame", async () => {
    await start();
    const elsewhere = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () =>
        new Response(`<!doctype html><img src="${server.url}video/mjpeg">`, {
          headers: { "Content-Type": "text/html" },
        }),
    });
    await page.goto(String(elsewhere.url), { waitUntil: "commit" });
    await page.waitForFunction(() => document.querySelector("img")?.naturalWidth === 640);
    // The placeholder is dark grey with bright letters, at the place of the view.
    await waitForPixel(page, 12, 12, (color) => color.every((value) => value > 30 && value < 70));
    server.attach(renderer.names);
    renderer.draw(RED);
    await waitForPixel(page, 500, 300, ([red, green]) => red > 180 && green < 70);
    renderer.draw(GREEN);
    await waitForPixel(page, 500, 300, ([red, green]) => green > 170 && red < 70);
    await page.close();
    await elsewhere.stop(true);
  });
});

describe("a server that offers no MJPEG", () => {
  test("sends frames on the page's socket even if MJPEG was requested, which the page notes", async () => {
    await start({ providesMjpeg: false });
    server.attach(renderer.names);
    renderer.draw(RED);
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    await page.goto(`${server.url}?encoding=mjpeg`);
    await waitForMessage(page, /“mjpeg”.*JPEG/);
    await waitForColor(page, RED);
    expect(requests).not.toContain("/video/mjpeg");
  });
});

describe("a server that offers only unknown transports", () => {
  test("is reported by the page, which still sends events and saves snapshots", async () => {
    await start();
    server.attach(renderer.names);
    renderer.draw(RED);
    await page.routeWebSocket(/\/ws\?/, (socket) => {
      socket.connectToServer().onMessage((message) => {
        socket.send(withHelloFields(message, { transports: ["telepathy"] }));
      });
    });
    await page.goto(server.url);
    await waitForStatus(page, { noStream: true, renderer: { state: "running" } });
    expect(await page.locator("#notice-detail").textContent()).toContain("snapshot button");
    expect(await page.locator("#stage > :not(.still)").count()).toBe(0);
    await page.mouse.click(400, 300);
    await renderer.event("mouseRelease");
    const download = page.waitForEvent("download");
    await page.locator("#snapshot").click();
    expect((await download).suggestedFilename()).toEndWith(".png");
  });

  test("is left by a page that was open when a restarted server offers a known transport", async () => {
    await start();
    const { port } = server;
    server.attach(renderer.names);
    renderer.draw(RED);
    let transports = ["jpeg", "mjpeg"];
    await page.routeWebSocket(/\/ws\?/, (socket) => {
      socket.connectToServer().onMessage((message) => {
        socket.send(withHelloFields(message, { transports }));
      });
    });
    await page.goto(server.url);
    await waitForView(page);
    for (const [known, color] of [
      [["mjpeg"], GREEN],
      [[], null],
      [["jpeg"], RED],
    ] as const) {
      transports = [...known];
      await server.stop();
      await start({ port });
      server.attach(renderer.names);
      renderer.draw(color ?? RED);
      if (color === null) await waitForStatus(page, { noStream: true, renderer: { state: "running" } });
      else await waitForColor(page, color);
      const name = known[0]?.toUpperCase() ?? "";
      expect(await page.locator("#status-transport").textContent()).toBe(name);
    }
  });
});

test("a page with an unknown encoding and an invalid option notes both, and shows the view by another transport", async () => {
  await start();
  server.attach(renderer.names);
  renderer.draw(RED);
  await page.goto(`${server.url}?encoding=H264&interaction=perhaps`);
  await waitForMessage(page, /“interaction=perhaps”.*“h264”.*JPEG/);
  await waitForColor(page, RED);
  expect(await page.locator("#status-transport").textContent()).toBe("JPEG");
});
