import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { waitForColor, waitForMessage, waitForStatus, waitForView } from "../web/page-assertions.ts";
import { hasPython, PythonProducer } from "./python-producer.ts";
import { segmentOptions, serveNames } from "./viewing-serve.ts";

setDefaultTimeout(60_000);

describe.skipIf(!hasPython())("the page of a producer in CPython (needs Python)", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test("the page follows a producer that starts later, ends and is replaced by another, without a reload", async () => {
    await using app = await serveNames();
    const page = await browser.context.newPage();
    await page.goto(app.url);
    await waitForStatus(page, { renderer: { state: "waiting-for-producer", reason: "" } });
    await using first = await PythonProducer.start("--grey", "60", "--silent");
    app.write(first.line);
    await waitForStatus(page, { renderer: { state: "waiting-for-first-frame" } });
    await first.request({ command: "state", state: { writing: true } });
    await waitForView(page);
    await waitForColor(page, [60, 60, 60]);
    await page.evaluate("window.loadedOnce = true");
    await first.end("SIGKILL");
    await waitForStatus(page, {
      producer: "program",
      renderer: { state: "gone", reason: "", restarting: false },
    });
    await waitForColor(page, [60, 60, 60]);
    await using second = await PythonProducer.start("--grey", "200");
    app.write(second.line);
    await waitForColor(page, [200, 200, 200]);
    await waitForView(page);
    expect(await page.evaluate("window.loadedOnce")).toBe(true);
    await page.close();
  });

  test("the page shows when the producer's frames are invalid, and when they are valid again", async () => {
    await using producer = await PythonProducer.start("--grey", "60");
    const { image_buffer_names, info_buffer_name } = producer.names;
    const names = segmentOptions({ image_buffer_names, info_buffer_name });
    await using app = await RunningScenecast.start(["serve", ...names]);
    const page = await browser.context.newPage();
    await page.goto(app.url);
    await waitForView(page);
    await producer.request({ command: "state", state: { writing: false } });
    await producer.request({ command: "set-words", index: 4, values: [100_000, 100_000, 100_000, 100_000] });
    await waitForStatus(page, { renderer: { state: "unreadable", reason: "" } });
    expect(await page.locator("#notice-detail").textContent()).toContain("100000x100000");
    await producer.request({ command: "state", state: { writing: true, grey: 190 } });
    await waitForView(page);
    await waitForColor(page, [190, 190, 190]);
    // There is no event queue.
    await page.mouse.move(200, 200);
    await waitForMessage(page, "Your input is not accepted");
    await page.close();
  });
});
