import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { type ScenecastServer, startServer } from "../../src/server/server.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { BLUE, GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";
import { PrefixProxy } from "./prefix-proxy.ts";
import { isServedHere, says, setHidden, shows, showsPicture } from "./viewing.ts";

let browser: TestBrowser;
let page: Page;
let server: ScenecastServer;
let renderer: PatternRenderer;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const old of browser.context.pages()) await old.close();
  page = await browser.context.newPage();
  await isServedHere(page);
  renderer = new PatternRenderer();
  server = await startServer({ port: 0 });
  server.attach(renderer.names);
  renderer.draw(RED);
});
afterEach(async () => {
  await page.close();
  await server.stop();
  renderer[Symbol.dispose]();
});

const transport = () => page.locator("#status-transport").textContent();

async function drag(): Promise<void> {
  await page.mouse.move(300, 300);
  await page.mouse.down();
  for (let x = 310; x <= 400; x += 10) await page.mouse.move(x, 320);
  await page.mouse.up();
  await renderer.event("mouseRelease");
}

describe("behind a proxy that passes no WebSocket", () => {
  test("the page shows the picture by MJPEG, steers by POST in order, and says which headers the proxy lacks", async () => {
    await using proxy = new PrefixProxy("/viz/", server.url, { passesWebSockets: false });
    await page.goto(proxy.url);
    await shows(page, RED);
    await says(page, "A proxy between this page and scenecast does not pass WebSockets on.");
    expect(await page.locator("#notice-detail").textContent()).toContain(
      "proxy_set_header Upgrade $http_upgrade",
    );
    expect(await page.locator("#notice").getAttribute("data-tone")).toBe("calm");
    expect(await transport()).toBe("MJPEG");
    await drag();
    const events = renderer.events.map(({ type }) => type).filter((type) => type.startsWith("mouse"));
    const press = events.indexOf("mousePress");
    const release = events.indexOf("mouseRelease");
    expect(press).toBeLessThan(release);
    expect(events.slice(press + 1, release)).toContain("mouseMove");
    renderer.draw(GREEN);
    await shows(page, GREEN);
    expect(server.state.viewers).toMatchObject([{ transport: "mjpeg", socket: true }]);
    await page.goto("about:blank");
    while (server.state.viewers.length > 0) await Bun.sleep(10);
  });

  test("the page shows the picture by WebRTC, steers by its data channels, and hears of frames", async () => {
    await using proxy = new PrefixProxy("/viz/", server.url, { passesWebSockets: false });
    await page.goto(`${proxy.url}?encoding=webrtc`);
    await shows(page, RED);
    expect(await transport()).toBe("WebRTC");
    await drag();
    const { timestamp } = await renderer.event("mouseRelease");
    renderer.draw(BLUE, [640, 360], { eventTimestamp: timestamp });
    await shows(page, BLUE);
    await page.locator('#status-latency[title^="From your input"]').filter({ hasText: / ms$/ }).waitFor();
  });

  test("a server that comes back is found again", async () => {
    await using proxy = new PrefixProxy("/viz/", server.url, { passesWebSockets: false });
    await page.goto(proxy.url);
    await shows(page, RED);
    const { port } = server;
    await server.stop();
    await says(page, "The server is gone.");
    server = await startServer({ port });
    server.attach(renderer.names);
    renderer.draw(GREEN);
    await shows(page, GREEN);
  });

  test("nor any stream, the page says so and how it is cured", async () => {
    await page.clock.install();
    await using proxy = new PrefixProxy("/viz/", server.url, { passesWebSockets: false, whole: true });
    const events = page.waitForRequest(/\/events\?/);
    await page.goto(proxy.url);
    await events;
    await page.clock.runFor(11_000);
    await says(page, "passes neither WebSockets nor streams on");
    expect(await page.locator("#notice-detail").textContent()).toContain("proxy_http_version 1.1");
    proxy.breakAnswers();
  });
});

test("a proxy that holds MJPEG back is left for another transport", async () => {
  await page.clock.install();
  await using proxy = new PrefixProxy("/viz/", server.url, { whole: true });
  const asked = page.waitForRequest(/mjpeg/);
  await page.goto(`${proxy.url}?encoding=mjpeg`);
  await asked;
  await page.clock.runFor(7_000);
  await shows(page, RED);
  expect(await transport()).toBe("JPEG");
  proxy.breakAnswers();
});

test("a hidden page whose server has ended stops trying, and tries at once when it is seen", async () => {
  await page.clock.install();
  await page.goto(server.url);
  await showsPicture(page);
  await setHidden(page, true);
  let attempts = 0;
  page.on("websocket", () => attempts++);
  const { port } = server;
  await server.stop();
  await says(page, "The server is gone.");
  for (let minute = 0; minute < 60; minute++) await page.clock.runFor(10_000);
  expect(attempts).toBeLessThanOrEqual(5);
  server = await startServer({ port });
  server.attach(renderer.names);
  renderer.draw(GREEN);
  await page.clock.runFor(60_000);
  await setHidden(page, false);
  await shows(page, GREEN);
});
