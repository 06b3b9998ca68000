import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { writeLargeModel } from "../../scripts/bench/large-models.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

let browser: TestBrowser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser[Symbol.asyncDispose]());

const TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n";

test("the reload button of the page loads the files again, and the page reports success or the reason of a failure", async () => {
  using files = new TemporaryDirectory();
  const path = files.write("triangle.obj", TRIANGLE);
  await using view = await RunningScenecast.start(["view", path, "--size", "320x240"]);
  const page = await browser.context.newPage();
  await page.goto(view.url);
  const button = page.locator("#reload");
  await button.click();
  await page.locator("#notice-text", { hasText: "The files were loaded again." }).waitFor();
  expect(await view.state<{ renderer: object }>()).toMatchObject({ renderer: { state: "running" } });

  writeFileSync(path, "not an OBJ file");
  await button.click();
  await page.locator("#notice-text", { hasText: /^triangle\.obj: / }).waitFor();
  await page.close();
});

test("while files are loaded, the page shows a cancel button to viewers who can steer", async () => {
  using files = new TemporaryDirectory();
  const path = files.write("scene.obj", TRIANGLE);
  await using view = await RunningScenecast.start(["view", path, "--size", "320x240"], {
    env: { SCENECAST_VIEW_TOKEN: "only-for-viewing" },
  });
  const page = await browser.context.newPage();
  await page.goto(view.url);
  const viewOnly = await browser.context.newPage();
  await viewOnly.goto(new URL("?token=only-for-viewing", view.url).href);
  await Promise.all([page, viewOnly].map((each) => each.locator("body.has-frame").waitFor()));
  rmSync(path);
  writeLargeModel(path, "obj", 4_000_000);
  await page.locator("#reload").click();
  const button = page.locator("#cancel");
  const notice = viewOnly.locator("#notice-text", { hasText: /^(Reading|Preparing|Simplifying) scene\.obj/ });
  await Promise.all([button.waitFor(), notice.waitFor()]);
  expect(await viewOnly.locator("#cancel").isVisible()).toBe(false);
  // The old scene is not dimmed, because it can still be moved.
  expect(await page.locator("body.outdated").count()).toBe(0);
  await button.click();
  await page.locator("#notice-text", { hasText: "scene.obj: loading was cancelled" }).waitFor();
  await button.waitFor({ state: "hidden" });
  await page.close();
  await viewOnly.close();
});

test("the reload button is hidden from a view-only viewer and for the demo scene, which has no files", async () => {
  using files = new TemporaryDirectory();
  const path = files.write("triangle.obj", TRIANGLE);
  await using view = await RunningScenecast.start(["view", path, "--size", "320x240"], {
    env: { SCENECAST_VIEW_TOKEN: "only-for-viewing" },
  });
  await using demo = await RunningScenecast.start(["view", "--size", "320x240"]);
  for (const [url, reset] of [
    [new URL("?token=only-for-viewing", view.url).href, false],
    [demo.url, true],
  ] as const) {
    const page = await browser.context.newPage();
    await page.goto(url);
    // The page shows its buttons according to the server's first message, which arrives before a frame.
    await page.locator("body.has-frame").waitFor();
    expect(await page.locator("#reset").isVisible()).toBe(reset);
    expect(await page.locator("#reload").isVisible()).toBe(false);
    await page.close();
  }
});
