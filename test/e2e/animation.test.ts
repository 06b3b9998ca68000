// The animation of a scene module in the page: its play button, and films of it with the module's controls.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { BAR_MODULE, type Bar, barOf } from "../cli/moving-bar.ts";
import { decodeWebm, missingFilmPrograms } from "../film/decoded-film.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { decodePng } from "../support/images.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";
import { waitForView } from "../web/page-assertions.ts";

setDefaultTimeout(90_000);

const files = new TemporaryDirectory();
let browser: TestBrowser;
let app: RunningScenecast;
beforeAll(async () => {
  browser = await launchBrowser({ viewport: { width: 900, height: 700 } });
  app = await RunningScenecast.start([
    ...["view", files.write("bar.ts", BAR_MODULE), "--size", "160x120", "--fixed-size"],
  ]);
});
afterAll(async () => {
  await app?.stop();
  await browser?.[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

async function open(): Promise<Page> {
  const page = await browser.context.newPage();
  page.setDefaultTimeout(0);
  await page.goto(app.url);
  await waitForView(page);
  return page;
}

const panel = (page: Page) => page.getByRole("complementary", { name: "Panel" });
const play = (page: Page, name: "Play" | "Stop") => panel(page).getByRole("button", { name, exact: true });

async function bar(): Promise<Bar> {
  return barOf(decodePng(await (await app.fetch("snapshot.png")).bytes()));
}

/** The time from one to another, s: at 10 s the bar begins again. */
function between(from: number, to: number): number {
  return (to - from + 10) % 10;
}

/** Presses a button that begins or ends a recording, and returns the frames of the film that the page then downloads. */
async function filmAfter(page: Page, button: Locator): Promise<Bar[]> {
  const download = page.waitForEvent("download");
  await button.click();
  const { frames } = await decodeWebm(await (await download).path());
  return frames.map(barOf);
}

async function choose(page: Page, kind: string): Promise<Locator> {
  const dialog = page.getByRole("dialog", { name: "Picture or film" });
  if (!(await dialog.isVisible()))
    await page.getByRole("button", { name: "Picture or film", exact: true }).click();
  await dialog.getByLabel("Record", { exact: true }).selectOption({ label: kind });
  return dialog;
}

describe("the animation of a scene module", () => {
  test("is stopped and played from every page, from the keyboard", async () => {
    const [page, other] = [await open(), await open()];
    const start = (await bar()).seconds;
    while (between(start, (await bar()).seconds) < 0.2);
    await play(page, "Stop").press("Enter");
    await play(other, "Play").waitFor();
    const stopped = (await bar()).seconds;
    // Pictures that are made at other times.
    for (let i = 0; i < 5; i += 1) expect((await bar()).seconds).toBe(stopped);
    await play(other, "Play").press("Space");
    await play(page, "Stop").waitFor();
    while (between(stopped, (await bar()).seconds) < 0.2);
    await page.close();
    await other.close();
  });

  testIf(missingFilmPrograms)(
    "is recorded for as many pictures as are chosen, and what is done with its controls",
    async () => {
      const page = await open();
      const dialog = await choose(page, "Film: the animation");
      await dialog.getByLabel("Pictures", { exact: true }).fill("4");
      await dialog.getByLabel("Pictures per s", { exact: true }).fill("5");
      const bars = await filmAfter(page, dialog.getByRole("button", { name: "Record" }));
      for (const [n, { seconds }] of bars.entries()) expect(seconds).toBeCloseTo(n / 5, 1);
      expect(bars).toHaveLength(4);

      await choose(page, "Film: what I do");
      await dialog.getByRole("button", { name: "Start" }).click();
      await dialog.getByRole("button", { name: "Stop" }).waitFor();
      await panel(page).getByRole("slider", { name: "Height", exact: true }).press("Home");
      await panel(page).getByRole("button", { name: "Red", exact: true }).click();
      while (!(await bar()).isRed || (await bar()).height > 0.3);
      const film = await filmAfter(page, dialog.getByRole("button", { name: "Stop" }));
      expect(film[0]).toMatchObject({ height: expect.closeTo(2 / 3), isRed: false });
      expect(film.at(-1)).toMatchObject({ height: expect.closeTo(1 / 6), isRed: true });
      await page.close();
    },
  );
});
