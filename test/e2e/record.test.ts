import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { decodeWebm, missingFilmPrograms, psnr } from "../film/decoded-film.ts";
import { cubeObj } from "../formats/samples.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { decodePng, type RgbaImage } from "../support/images.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";
import { waitForView } from "../web/page-assertions.ts";

setDefaultTimeout(90_000);

let browser: TestBrowser;
let app: RunningScenecast;
const files = new TemporaryDirectory();
beforeAll(async () => {
  const cube = files.write("cube.obj", cubeObj());
  browser = await launchBrowser({ viewport: { width: 400, height: 560 } });
  app = await RunningScenecast.start([
    ...["view", cube, "--size", "160x120", "--fixed-size"],
    ...["--token", "control-token", "--view-token", "view-only-token"],
  ]);
});
afterAll(async () => {
  await app.stop();
  await browser[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

async function open(token = "control-token"): Promise<Page> {
  const page = await browser.context.newPage();
  // The timeout is that of the test: on a busy machine the recording, which has a low priority, takes long.
  page.setDefaultTimeout(0);
  await page.goto(`${app.url.replace(/\?.*/, "")}?token=${token}`);
  await waitForView(page);
  return page;
}

const dialogOf = (page: Page) => page.getByRole("dialog", { name: "Picture or film" });
const opener = (page: Page) => page.getByRole("button", { name: "Picture or film", exact: true });

/** Opens the dialog and chooses what is recorded. */
async function choose(page: Page, kind: string): Promise<Locator> {
  await opener(page).click();
  const dialog = dialogOf(page);
  await dialog.getByLabel("Record", { exact: true }).selectOption(kind);
  return dialog;
}

/** Presses a button, and returns the file that the page then downloads. */
async function downloadAfter(page: Page, button: Locator): Promise<{ path: string; name: string }> {
  const download = page.waitForEvent("download");
  await button.click();
  const finished = await download;
  return { path: await finished.path(), name: finished.suggestedFilename() };
}

async function snapshot(): Promise<RgbaImage> {
  const headers = { Authorization: "Bearer control-token" };
  return decodePng(await (await app.fetch("snapshot.png", { headers })).bytes());
}

/** Rotates the view by one step, and waits until the server shows it. */
async function rotate(page: Page, key: "ArrowLeft" | "ArrowRight"): Promise<void> {
  const headers = { Authorization: "Bearer control-token" };
  const camera = async () => {
    const state = (await (await app.fetch("state", { headers })).json()) as { camera: object };
    return JSON.stringify(state.camera);
  };
  const before = await camera();
  await page.locator("#stage").focus();
  await page.keyboard.press(key);
  while ((await camera()) === before) await Bun.sleep(20);
}

describe("the dialog for pictures and films", () => {
  test("saves a picture in the chosen size and format, with the keyboard alone", async () => {
    const page = await open();
    await opener(page).focus();
    await page.keyboard.press("Enter");
    const dialog = dialogOf(page);
    await dialog.getByText("Twice: 320 × 240").waitFor({ state: "attached" });
    await dialog.getByLabel("Size", { exact: true }).selectOption("2");
    await dialog.getByLabel("Format", { exact: true }).selectOption("png");
    await dialog.getByLabel("Transparent background").focus();
    await page.keyboard.press("Space");
    const download = page.waitForEvent("download");
    await dialog.getByRole("button", { name: "Save" }).focus();
    await page.keyboard.press("Enter");
    const finished = await download;
    const picture = decodePng(readFileSync(await finished.path()));
    expect(finished.suggestedFilename()).toMatch(/^scenecast-cube-\d{8}-\d{6}\.png$/);
    expect([picture.width, picture.height, picture.data[3]]).toEqual([320, 240, 0]);
    await dialog.getByText(/^Saved as scenecast-cube/).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    expect(await opener(page).evaluate((element) => element === document.activeElement)).toBe(true);
    await page.close();
  });

  testIf(missingFilmPrograms)(
    "a film goes through saved views, and those that were added while the view was moved",
    async () => {
      const page = await open();
      const first = await snapshot();
      await page.getByRole("button", { name: "Views" }).click();
      await page.getByRole("button", { name: "Keep this view" }).click();
      await page.getByRole("button", { name: "Delete View 1" }).waitFor();
      await page.keyboard.press("Escape");
      const dialog = await choose(page, "path");
      const record = dialog.getByRole("button", { name: "Record" });
      expect(await record.isDisabled()).toBe(true);
      await dialog.getByRole("button", { name: "Add the saved views" }).click();
      await dialog.getByRole("button", { name: "Remove view 1" }).waitFor();
      for (let i = 0; i < 3; i += 1) await rotate(page, "ArrowRight");
      const last = await snapshot();
      await dialog.getByRole("button", { name: "Add this view" }).click();
      await dialog.getByRole("button", { name: "Remove view 2" }).waitFor();
      await dialog.getByLabel("Pictures", { exact: true }).fill("5");
      const { path, name } = await downloadAfter(page, record);
      const { frames } = await decodeWebm(path);
      expect([name.endsWith(".webm"), frames.length]).toEqual([true, 5]);
      expect(psnr(frames.at(0) ?? last, first)).toBeGreaterThan(30);
      expect(psnr(frames.at(-1) ?? first, last)).toBeGreaterThan(30);
      await page.close();
    },
  );

  testIf(missingFilmPrograms)(
    "what is done is recorded between Start and Stop, also while the dialog is closed",
    async () => {
      const page = await open();
      const dialog = await choose(page, "live");
      await dialog.getByRole("button", { name: "Start" }).click();
      await dialog.getByRole("button", { name: "Stop" }).waitFor();
      await page.keyboard.press("Escape");
      expect(await opener(page).getAttribute("aria-pressed")).toBe("true");
      for (let i = 0; i < 3; i += 1) await rotate(page, "ArrowLeft");
      const last = await snapshot();
      await opener(page).click();
      const { path } = await downloadAfter(page, dialog.getByRole("button", { name: "Stop" }));
      const { frames } = await decodeWebm(path);
      expect(frames.length).toBeGreaterThan(1);
      expect(psnr(frames.at(-1) ?? frames[0] ?? last, last)).toBeGreaterThan(30);
      expect(await opener(page).getAttribute("aria-pressed")).toBe("false");
      await page.close();
    },
  );

  test("shows the progress of a film to all who may steer, and anyone of them can cancel it", async () => {
    const [page, other] = [await open(), await open()];
    const dialog = await choose(page, "turntable");
    await dialog.getByLabel("Pictures", { exact: true }).fill("18000");
    await dialog.getByRole("button", { name: "Record" }).click();
    await dialog.getByText(/^Picture \d+ of 18000, about [\d.]+ [kM]B/).waitFor();
    expect(await dialog.getByRole("progressbar", { name: "Progress of the recording" }).count()).toBe(1);
    await opener(other).click();
    await dialogOf(other).getByText("Another viewer has begun it.").waitFor();
    await dialogOf(other).getByRole("button", { name: "Cancel" }).click();
    await dialog.getByText("The recording was cancelled.").waitFor();
    await Promise.all([page.close(), other.close()]);
  });

  test("who may only see has the button for a snapshot instead", async () => {
    const page = await open("view-only-token");
    await page.getByRole("button", { name: "Save a snapshot" }).waitFor();
    expect(await opener(page).count()).toBe(0);
    await page.close();
  });
});
