import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { type ScenecastServer, startServer } from "../../src/server/server.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { BLUE, GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";
import { shows, showsPicture } from "./viewing.ts";

let browser: TestBrowser;
let page: Page;
let server: ScenecastServer;
let renderer: PatternRenderer;

beforeEach(async () => {
  server = await startServer({ port: 0 });
  renderer = new PatternRenderer();
  server.attach(renderer.names);
  renderer.draw(RED);
  browser = await launchBrowser();
  page = await browser.context.newPage();
});
afterEach(async () => {
  await browser[Symbol.asyncDispose]();
  await server.stop();
  renderer[Symbol.dispose]();
});

async function open(): Promise<void> {
  await page.goto(`${server.url}?encoding=jpeg`);
  await showsPicture(page);
}

test("over a WebSocket the page shows every frame, also of another size, and asks for no MJPEG", async () => {
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  page.on("console", (message) => complaints.push(message.text()));
  await open();
  await shows(page, RED);
  expect(await page.locator("#status-transport").textContent()).toBe("JPEG");
  renderer.draw(GREEN);
  await shows(page, GREEN);
  renderer.draw(BLUE, [400, 300]);
  await shows(page, BLUE);
  expect(asked).not.toContain("/video/mjpeg");
  expect(server.state.viewers).toMatchObject([{ transport: "jpeg", socket: true }]);
  expect(complaints).toEqual([]);
});

test("a burst ends with its last frame, and each picture's memory is given back", async () => {
  await page.addInitScript(() => {
    const open = new Set<string>();
    const { createObjectURL, revokeObjectURL } = URL;
    URL.createObjectURL = (blob: Blob) => {
      const url = createObjectURL.call(URL, blob);
      open.add(url);
      return url;
    };
    URL.revokeObjectURL = (url) => {
      open.delete(url);
      revokeObjectURL.call(URL, url);
    };
    Object.assign(window, { objectUrls: open });
  });
  await open();
  for (let frame = 0; frame < 60; frame++) renderer.draw(frame % 2 === 0 ? RED : BLUE);
  renderer.draw(GREEN);
  await shows(page, GREEN);
  await page.waitForFunction(() => (window as unknown as { objectUrls: Set<string> }).objectUrls.size === 0);
});

test("where the picture's connection breaks, it is opened again", async () => {
  let sockets = 0;
  await page.routeWebSocket(/picture=jpeg/, (socket) => {
    sockets++;
    const upstream = socket.connectToServer();
    if (sockets === 1) upstream.onMessage(() => void socket.close());
  });
  await open();
  await shows(page, RED);
  renderer.draw(GREEN);
  await shows(page, GREEN);
  expect(sockets).toBe(2);
});
