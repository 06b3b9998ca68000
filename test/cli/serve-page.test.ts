import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { says, shows, showsPicture } from "../web/viewing.ts";
import { hasPython, PythonProducer } from "./python-producer.ts";

setDefaultTimeout(60_000);

describe.skipIf(!hasPython())("the page of a producer in CPython (needs Python)", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test("shows a producer that starts later, its end, and the next producer, without a reload", async () => {
    await using app = await RunningScenecast.start(["serve", "--names", "-"], { stdin: "pipe" });
    const page = await browser.context.newPage();
    await page.goto(app.url);
    await says(page, "Waiting for the program that renders this view…");
    await using first = await PythonProducer.start("--grey", "60", "--silent");
    app.write(first.line);
    await says(page, "Waiting for the first frame…");
    await first.ask({ do: "state", state: { writing: true } });
    await showsPicture(page);
    await shows(page, [60, 60, 60]);
    await page.evaluate("window.loadedOnce = true");
    await first.end("SIGKILL");
    await says(page, "The program stopped.");
    await shows(page, [60, 60, 60]);
    await using second = await PythonProducer.start("--grey", "200");
    app.write(second.line);
    await shows(page, [200, 200, 200]);
    await showsPicture(page);
    expect(await page.evaluate("window.loadedOnce")).toBe(true);
    await page.close();
  });

  test("shows when the producer's frames are invalid, and when they are valid again", async () => {
    await using producer = await PythonProducer.start("--grey", "60");
    const file = ["--image-buffers", producer.names.image_buffer_names.join(",")];
    await using app = await RunningScenecast.start([
      "serve",
      ...file,
      "--info-buffer",
      producer.names.info_buffer_name,
    ]);
    const page = await browser.context.newPage();
    await page.goto(app.url);
    await showsPicture(page);
    await producer.ask({ do: "state", state: { writing: false } });
    await producer.ask({ do: "words", at: 4, values: [100_000, 100_000, 100_000, 100_000] });
    await says(page, "Cannot read the frames.");
    expect(await page.locator("#notice-detail").textContent()).toContain("100000x100000");
    await producer.ask({ do: "state", state: { writing: true, grey: 190 } });
    await showsPicture(page);
    await shows(page, [190, 190, 190]);
    // There is no event queue.
    await page.mouse.move(200, 200);
    await says(page, "Your events are not taken");
    await page.close();
  });
});
