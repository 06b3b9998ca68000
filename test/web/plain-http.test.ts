import { expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { launchBrowser } from "../support/browser.ts";
import { waitForColor } from "./page-assertions.ts";
import { GREEN, PatternRenderer, RED } from "./pattern-renderer.ts";

test("a page on plain http at a remote address, where browsers lack WebCodecs, shows JPEG and steers", async () => {
  await using browser = await launchBrowser({ hostRules: "MAP node12.test 127.0.0.1" });
  using renderer = new PatternRenderer();
  renderer.draw(RED);
  await using server = await startServer({ port: 0, token: "token-of-the-test" });
  server.attach(renderer.names);
  const page = await browser.context.newPage();
  await page.goto(`http://node12.test:${server.port}/?token=token-of-the-test`);
  expect(await page.evaluate(() => [isSecureContext, "VideoDecoder" in globalThis])).toEqual([false, false]);
  await waitForColor(page, RED);
  expect(await page.locator("#status-transport").textContent()).toBe("JPEG");
  await page.mouse.click(300, 300);
  await renderer.event("mouseRelease");
  renderer.draw(GREEN);
  await waitForColor(page, GREEN);
  await page.close();
});
