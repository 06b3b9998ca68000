import { afterAll, afterEach, beforeAll, beforeEach, expect } from "bun:test";
import type { BrowserContext, Page } from "playwright-core";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
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
}

/**
 * Registers hooks that start a browser for the calling file, and a page, a server and a renderer for each test.
 * @param options.serverPer "file" shares one server and one renderer, whose events are cleared before each test
 * @param options.hostRules see {@link launchBrowser}
 */
export function useView({
  serverPer = "test",
  hostRules,
}: {
  serverPer?: "test" | "file";
  hostRules?: string;
} = {}): ViewFixture {
  // The hooks fill it before any test runs.
  const view = {} as ViewFixture;
  const start = async () => {
    view.server = await startServer({ port: 0 });
    view.renderer = new PatternRenderer();
    view.server.attach(view.renderer.names);
    view.renderer.draw(RED);
  };
  const stop = async () => {
    await view.server.stop();
    view.renderer[Symbol.dispose]();
  };
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchBrowser(hostRules === undefined ? {} : { hostRules });
    view.browserContext = browser.context;
    if (serverPer === "file") await start();
  });
  beforeEach(async () => {
    for (const old of browser.context.pages()) await old.close();
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

/** Opens this address, and expects that the page shows three colours in turn without a message on its console. */
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
