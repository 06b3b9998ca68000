import { afterAll, afterEach, beforeAll, beforeEach, expect } from "bun:test";
import type { BrowserContext, Page } from "playwright-core";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer, ServerOptions } from "../../src/server/server.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { simulateLocalServer, waitForColor } from "./page-assertions.ts";
import { BLUE, GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";

/** Browser, server and renderer of a test. Valid within hooks and tests; a test may replace the server. */
export interface ViewFixture {
  /** A new page for each test; see {@link simulateLocalServer}. */
  page: Page;
  /** Console messages and uncaught errors of the page. */
  consoleMessages: string[];
  server: ScenecastServer;
  /** Attached to the server; it has drawn RED. */
  renderer: PatternRenderer;
  browserContext: BrowserContext;
  /** Stops the server and starts one with these options; the renderer is attached to it and draws RED. */
  restart(options: ServerOptions): Promise<void>;
}

export interface ViewOptions {
  /** "file" shares one server and one renderer, whose events are cleared before each test. Default "test". */
  serverPer?: "test" | "file";
  /** Whether the renderer is attached and has drawn RED. Default true. */
  attaches?: boolean;
  server?: ServerOptions;
  browser?: Parameters<typeof launchBrowser>[0];
}

/** Registers hooks that start a browser for the calling file, and a page, a server and a renderer for each test. */
export function useView(options: ViewOptions = {}): ViewFixture {
  const { serverPer = "test", attaches = true } = options;
  const attach = () => {
    view.server.attach(view.renderer.names);
    view.renderer.draw(RED);
  };
  // The hooks fill in the rest before any test runs.
  const view = {
    async restart(serverOptions) {
      await view.server.stop();
      view.server = await startServer({ port: 0, ...serverOptions });
      attach();
    },
  } as ViewFixture;
  const start = async () => {
    view.server = await startServer({ port: 0, ...options.server });
    view.renderer = new PatternRenderer();
    if (attaches) attach();
  };
  const stop = async () => {
    await view.server.stop();
    view.renderer[Symbol.dispose]();
  };
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchBrowser(options.browser);
    view.browserContext = browser.context;
    if (serverPer === "file") await start();
  });
  beforeEach(async () => {
    for (const old of browser.context.pages()) await old.close();
    await browser.context.clearCookies();
    const page = await browser.context.newPage();
    await simulateLocalServer(page);
    const consoleMessages: string[] = [];
    page.on("console", (message) => consoleMessages.push(message.text()));
    page.on("pageerror", (error) => consoleMessages.push(String(error)));
    Object.assign(view, { page, consoleMessages });
    if (serverPer === "test") await start();
    else view.renderer.events.length = 0;
  });
  afterEach(async () => {
    await view.page.close();
    if (serverPer === "test") await stop();
  });
  afterAll(async () => {
    if (serverPer === "file") await stop();
    await browser[Symbol.asyncDispose]();
  });
  return view;
}

/** Opens this address, and expects that the page shows three colors in turn without a message on its console. */
export async function expectShowsThreeFrames(
  { page, renderer, consoleMessages }: ViewFixture,
  url: string,
): Promise<void> {
  await page.goto(url);
  await waitForColor(page, RED);
  for (const color of [GREEN, BLUE]) {
    renderer.draw(color);
    await waitForColor(page, color);
  }
  expect(consoleMessages).toEqual([]);
}
