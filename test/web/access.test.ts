import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import type { Page } from "playwright-core";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer, ServerOptions } from "../../src/server/server.ts";
import { eventually } from "../server/clients.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { makeCertificate } from "../support/certificate.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { waitForColor, waitForStatus, waitForView } from "./page-assertions.ts";
import { PatternRenderer, RED } from "./pattern-renderer.ts";

setDefaultTimeout(60_000);

let browser: TestBrowser;
let renderer: PatternRenderer;
let server: ScenecastServer;
let page: Page;

beforeAll(async () => {
  // The certificate of the test is self-signed.
  browser = await launchBrowser({ ignoreHTTPSErrors: true });
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
});

beforeEach(async () => {
  for (const old of browser.context.pages()) await old.close();
  await browser.context.clearCookies();
  page = await browser.context.newPage();
  renderer = new PatternRenderer();
});

afterEach(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

async function serve(options: ServerOptions): Promise<void> {
  server = await startServer({ port: 0, ...options });
  server.attach(renderer.names);
  renderer.draw(RED);
}

test.each(["jpeg", "mjpeg"])(
  "over TLS the page receives %s frames and sends events encrypted, and its cookie is secure",
  async (encoding) => {
    using files = new TemporaryDirectory();
    const { cert, key } = makeCertificate();
    const tls = { certFile: files.write("cert.pem", cert), keyFile: files.write("key.pem", key) };
    await serve({ tls, token: "token-of-the-page" });
    expect(server.url).toStartWith("https://localhost:");
    const socket = page.waitForEvent("websocket");
    await page.goto(`${server.url}&encoding=${encoding}`);
    expect((await socket).url()).toStartWith("wss://localhost:");
    await waitForView(page);
    await waitForColor(page, RED);
    const [cookie] = await browser.context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: "Strict" });
    // By the cookie alone.
    await page.goto(new URL(`?encoding=${encoding}`, server.url).href);
    await waitForView(page);
    await page.mouse.click(200, 300);
    await renderer.event("mouseRelease");
  },
);

describe("a page opened by the view-only URL", () => {
  beforeEach(() => serve({ viewToken: "view-token-of-the-page" }));

  test("shows the view, says that it cannot steer, and sends no events", async () => {
    await page.setViewportSize({ width: 500, height: 400 });
    await page.goto(server.viewUrl ?? "");
    await waitForView(page);
    await page.locator("#view-only").waitFor();
    const steering = await browser.context.newPage();
    await steering.setViewportSize({ width: 640, height: 360 });
    await steering.goto(server.url);
    await waitForView(steering);
    await renderer.event("resize", ({ width }) => width === 640);

    await page.bringToFront();
    await page.mouse.move(100, 100);
    await page.mouse.down();
    await page.mouse.move(300, 200);
    await page.mouse.up();
    await page.mouse.wheel(0, 200);
    await page.keyboard.press("r");
    await page.setViewportSize({ width: 420, height: 420 });
    // Messages of a manipulated page.
    const codes = await page.evaluate(async (url) => {
      const socket = new WebSocket(url);
      await new Promise((resolve) => socket.addEventListener("open", resolve));
      const received = new Promise<string[]>((resolve) => {
        const errors: string[] = [];
        socket.addEventListener("message", ({ data }) => {
          const message = JSON.parse(data);
          if (message.type === "error") errors.push(message.code);
          if (message.type === "pong") resolve(errors);
        });
      });
      socket.send(JSON.stringify({ type: "weel", deltaY: 5, timestampInMs: 1 }));
      socket.send(JSON.stringify({ event_type: "resize", width: 99, height: 99, pixel_ratio: 1 }));
      socket.send(JSON.stringify({ type: "ping", time: 1 }));
      return received;
    }, server.viewUrl?.replace("http", "ws").replace("/?", "/ws?") ?? "");
    expect(codes).toEqual(["may-not-steer", "may-not-steer"]);

    await steering.bringToFront();
    await steering.keyboard.press("r");
    await renderer.event("keyUp");
    const events = renderer.events.filter(({ type }) => type !== "mouseMove");
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(["resize", "keyDown", "keyUp"]));
    for (const event of events) if (event.type === "resize") expect(event.width).toBe(640);
    await steering.close();
  });

  test("stays view-only by its cookie, until the control URL is opened", async () => {
    const note = page.locator("#view-only");
    await page.goto(server.viewUrl ?? "");
    await note.waitFor();
    await page.goto(new URL("/", server.url).href);
    await note.waitFor();
    await page.goto(server.url);
    await waitForView(page);
    await note.waitFor({ state: "hidden" });
  });
});

test("a page that exceeds the limit of viewers says so, and connects when another viewer has left", async () => {
  await serve({ maxViewers: 1 });
  await page.goto(server.url);
  await waitForView(page);
  const second = await browser.context.newPage();
  await second.goto(server.url);
  await waitForStatus(second, { connection: { name: "rejected", reason: "" } });
  expect(await second.locator("#notice-detail").textContent()).toContain(
    "This view is full: its limit of viewers is 1.",
  );
  await page.close();
  await eventually(() => server.state.viewers.length === 0, "the first has left");
  // It retries every 5 s, and when the network returns.
  await second.evaluate(() => window.dispatchEvent(new Event("online")));
  await waitForView(second);
});

test("a page behind a proxy with another host name shows the option that allows its origin", async () => {
  await serve({});
  // Forwards everything except the Host header, which is its own.
  const proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const url = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.delete("host");
      headers.delete("upgrade");
      const response = await fetch(new URL(url.pathname + url.search, server.url), {
        headers,
        method: request.method,
      });
      return new Response(await response.text(), {
        status: response.status,
        headers: { "Content-Type": response.headers.get("content-type") ?? "" },
      });
    },
  });
  const origin = `http://localhost:${proxy.port}`;
  await page.goto(origin);
  await waitForStatus(page, { connection: { name: "rejected", reason: "" } });
  expect(await page.locator("#notice-detail").textContent()).toContain(`--allow-origin ${origin}`);
  await page.close();
  await proxy.stop(true);
});
