import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer, ServerOptions } from "../../src/server/server.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";
import { changedHello, isServedHere, paints, says, shows, showsPicture } from "./viewing.ts";

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
  await isServedHere(page);
  renderer = new PatternRenderer();
});

afterEach(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

async function start(options: ServerOptions = {}): Promise<void> {
  server = await startServer({ port: 0, ...options });
}

describe("before the first frame", () => {
  test("the page says that it waits for it, and shows it by itself", async () => {
    await start();
    server.attach(renderer.names);
    await page.goto(server.url);
    await says(page, "Waiting for the first frame…");
    renderer.draw(RED);
    await showsPicture(page);
    await shows(page, RED);
  });

  test("an <img> of the stream in a page of somebody else's says so too, and shows the picture when it comes", async () => {
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
    // Dark grey with bright letters, in the place where the picture comes.
    await paints(page, 12, 12, (color) => color.every((value) => value > 30 && value < 70));
    server.attach(renderer.names);
    renderer.draw(RED);
    await paints(page, 500, 300, ([red, green]) => red > 180 && green < 70);
    renderer.draw(GREEN);
    await paints(page, 500, 300, ([red, green]) => green > 170 && red < 70);
    await page.close();
    await elsewhere.stop(true);
  });
});

describe("a server without MJPEG", () => {
  test("sends the picture on the page's socket, also where MJPEG was asked for, which is said", async () => {
    await start({ providesMjpeg: false });
    server.attach(renderer.names);
    renderer.draw(RED);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${server.url}?encoding=mjpeg`);
    await says(page, "The encoding “mjpeg” is not available here; using JPEG instead.");
    await shows(page, RED);
    expect(asked).not.toContain("/video/mjpeg");
  });
});

describe("a server whose ways of sending pictures this page does not know", () => {
  test("the page says so, and takes snapshots and events", async () => {
    await start();
    server.attach(renderer.names);
    renderer.draw(RED);
    await page.routeWebSocket(/\/ws\?/, (socket) => {
      socket.connectToServer().onMessage((message) => {
        socket.send(changedHello(message, { transports: ["telepathy"] }));
      });
    });
    await page.goto(server.url);
    await says(page, "This server offers no stream that this browser supports.");
    expect(await page.locator("#notice-detail").textContent()).toContain("snapshot button");
    expect(await page.locator("#stage > :not(.still)").count()).toBe(0);
    await page.mouse.click(400, 300);
    await renderer.event("mouseRelease");
    const download = page.waitForEvent("download");
    await page.locator("#snapshot").click();
    expect((await download).suggestedFilename()).toEndWith(".png");
  });

  test("a page that was open when the server came back with another one follows", async () => {
    await start();
    const { port } = server;
    server.attach(renderer.names);
    renderer.draw(RED);
    let transports = ["jpeg", "mjpeg"];
    await page.routeWebSocket(/\/ws\?/, (socket) => {
      socket.connectToServer().onMessage((message) => {
        socket.send(changedHello(message, { transports }));
      });
    });
    await page.goto(server.url);
    await showsPicture(page);
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
      if (color === null) await says(page, "This server offers no stream that this browser supports.");
      else await shows(page, color);
      const name = known[0]?.toUpperCase() ?? "";
      expect(await page.locator("#status-transport").textContent()).toBe(name);
    }
  });
});

test("asked for an encoding that the server lacks, the page shows what there is and says so, once", async () => {
  await start();
  server.attach(renderer.names);
  renderer.draw(RED);
  await page.goto(`${server.url}?encoding=H264&interaction=perhaps`);
  await says(page, /“interaction=perhaps”.*“h264”.*JPEG/);
  await shows(page, RED);
  expect(await page.locator("#status-transport").textContent()).toBe("JPEG");
});
