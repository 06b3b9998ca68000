import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { deflateRawSync } from "node:zlib";
import type { Page } from "playwright-core";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { cornerObj } from "../support/model.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { waitForMessage, waitForView } from "../web/page-assertions.ts";

const TOKEN = "token-that-may-steer";
const VIEW_TOKEN = "token-that-may-look";

type Side = "front" | "back" | "top" | "bottom";

interface Scene {
  layers: { id: string; file: string; opacity?: number; color?: string }[];
  view: { axes?: boolean; orthographic?: boolean; view?: Side; camera: { position: number[] } };
}

const files = new TemporaryDirectory();
let browser: TestBrowser;
let app: RunningScenecast;
let page: Page;
/** Address of the page without a token. */
let origin: string;
/** The scene before each test. */
let first: Scene;

beforeAll(async () => {
  browser = await launchBrowser({ viewport: { width: 500, height: 400 }, acceptDownloads: true });
  const paths = ["corner.obj", "other.obj"].map((name) => files.write(name, cornerObj()));
  // Not the size of the page, to which the first camera would be fitted at some time during a test.
  const size = ["--size", "500x400", "--fixed-size"];
  app = await RunningScenecast.start([
    ...["view", ...paths, ...size, "--token", TOKEN, "--view-token", VIEW_TOKEN],
  ]);
  origin = new URL("/", app.url).href;
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});
beforeEach(async () => {
  page = await browser.context.newPage();
  await page.goto(`${origin}?token=${TOKEN}`);
  await waitForView(page);
  first ??= await scene();
});
afterEach(async () => {
  await page.close();
  await browser.context.clearCookies();
  await patch({ layers: first.layers, view: { axes: null, camera: first.view.camera } });
});

async function request(init: RequestInit = {}): Promise<Response> {
  const headers = { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/merge-patch+json" };
  for (;;) {
    const response = await fetch(`${origin}scene`, { ...init, headers });
    // Until a second after the page has steered.
    if (response.status !== 409) {
      expect(response.status).toBe(200);
      return response;
    }
    await Bun.sleep(50);
  }
}

const scene = async () => (await (await request()).json()) as Scene;

const patch = (change: object) => request({ method: "PATCH", body: JSON.stringify(change) });

/** Waits until the scene is this one. */
async function waitForScene(matches: (scene: Scene) => boolean): Promise<void> {
  while (!matches(await scene())) await Bun.sleep(20);
}

const changed = { layers: [], view: { axes: true } };
const hasChanged = ({ layers, view }: Scene) => view.axes === true && layers[1]?.opacity === 0.5;
const isFirst = ({ layers, view }: Scene) => view.axes === undefined && layers[1]?.opacity === undefined;

/** Sets the axes and an opacity, and turns the camera by the keyboard. */
async function changeScene(): Promise<void> {
  const layers = first.layers.map((layer, index) => (index === 1 ? { ...layer, opacity: 0.5 } : layer));
  await patch({ ...changed, layers });
  await page.locator("#stage").press("ArrowLeft");
  await waitForScene(({ view }) => !isNear(view.camera.position, first.view.camera.position));
}

function isNear(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, axis) => Math.abs(value - (b[axis] ?? 0)) < 1e-3);
}

const choose = async (item: string) => {
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("dialog", { name: "Views" }).getByRole("button", { name: item }).click();
};

/** The link that the page copies. */
async function copyLink(): Promise<string> {
  await browser.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await choose("Copy link");
  await waitForMessage(page, "The link is copied. It has no token: who opens it needs one.");
  return page.evaluate(() => navigator.clipboard.readText());
}

/** The same over plain http, where a page may not use the clipboard: it shows the link to be copied. */
async function readShownLink(): Promise<string> {
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await choose("Copy link");
  const field = page.getByRole("textbox", { name: "Link to this view" });
  await field.waitFor();
  return field.inputValue();
}

/** Opens a link as somebody does who has a token. */
async function openLink(link: string, token = TOKEN): Promise<void> {
  await page.close();
  await browser.context.clearCookies();
  page = await browser.context.newPage();
  const url = new URL(link);
  url.searchParams.set("token", token);
  await page.goto(url.href);
  await page.locator("#stage > .live").waitFor();
}

describe("a link to a view", () => {
  test("a viewer who may steer and opens a link to a view gets its camera, layers and their order, once; the link has no token", async () => {
    await changeScene();
    await patch({ layers: (await scene()).layers.toReversed() });
    const wanted = await scene();
    const link = await copyLink();
    expect(link).toStartWith(`${origin}#scene=`);
    expect(link).not.toContain(TOKEN);
    await patch({ layers: first.layers, view: { axes: null, camera: first.view.camera } });
    await openLink(link);
    await waitForScene(({ view }) => view.axes === true);
    const { view, layers } = await scene();
    expect(isNear(view.camera.position, wanted.view.camera.position)).toBe(true);
    expect(layers).toEqual(wanted.layers);
    await page.waitForFunction(() => location.hash === "");
    await patch({ layers: first.layers, view: { axes: null } });
    await page.reload();
    await waitForView(page);
    expect(isFirst(await scene())).toBe(true);
  });

  test("a link to a view changes nothing for a viewer that may only look, and says so", async () => {
    await changeScene();
    const link = await readShownLink();
    await patch({ layers: first.layers, view: { axes: null } });
    await openLink(link, VIEW_TOKEN);
    await waitForMessage(page, "You can look at this scene, but not change it");
    expect(isFirst(await scene())).toBe(true);
  });

  const encoded = (state: object) => deflateRawSync(JSON.stringify(state)).toString("base64url");
  test("a link that is damaged, of another scene or version, or hostile is refused with a sentence", async () => {
    const proto = '{"version":1,"view":{"__proto__":{"axes":true}},"layers":[]}';
    const cases = [
      ["abc", "damaged or incomplete"],
      [
        encoded({ version: 1, view: {}, layers: [{ id: "brain" }] }),
        "of another scene: it has the layers brain",
      ],
      [encoded({ version: 2, view: {}, layers: [] }), "version"],
      [encoded({ version: 1, view: { "<b>hostile</b>": 1 }, layers: [] }), "<b>hostile</b>"],
      [deflateRawSync(proto).toString("base64url"), "__proto__"],
      [
        encoded({ version: 1, view: {}, layers: [{ id: "other", file: "/etc/passwd" }] }),
        "A change may use the files that scenecast was started with",
      ],
    ] as const;
    for (const [fragment, sentence] of cases) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `scene=${fragment}`);
      await waitForMessage(page, sentence);
      const { layers, view } = await scene();
      expect({ layers, axes: view.axes }).toEqual({ layers: first.layers, axes: undefined });
    }
  });
});

describe("a file of a view", () => {
  test("a file of a view has the document with the camera, and opening it restores both", async () => {
    await changeScene();
    const wanted = await scene();
    const download = page.waitForEvent("download");
    await choose("Save view as a file");
    const saved = await download;
    expect(saved.suggestedFilename()).toBe("corner-obj-other.scenecast.json");
    expect(await Bun.file(await saved.path()).json()).toEqual(wanted);
    await patch({ layers: first.layers, view: { axes: null, camera: first.view.camera } });
    await page.locator("#views-file").setInputFiles(await saved.path());
    await waitForMessage(page, " is open.");
    const opened = await scene();
    expect(opened.layers).toEqual(wanted.layers);
    expect(isNear(opened.view.camera.position, wanted.view.camera.position)).toBe(true);
  });

  test("a file that is dropped on the page is opened, and one that is refused is explained", async () => {
    const drop = (text: string) =>
      page.evaluate((content) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([content], "dropped.scenecast.json"));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
      }, text);
    await drop(JSON.stringify({ version: 1, layers: first.layers, view: { axes: true } }));
    await waitForMessage(page, "dropped.scenecast.json is open.");
    expect((await scene()).view.axes).toBe(true);
    await drop(JSON.stringify({ version: 1, layers: [{ file: "/etc/passwd" }] }));
    await waitForMessage(page, "A change may use the files that scenecast was started with");
    await drop("v 1 2 3");
    await waitForMessage(page, "dropped.scenecast.json is not a saved view");
    expect((await scene()).layers).toEqual(first.layers);
  });
});

test("views are kept in the browser with a picture, applied and deleted", async () => {
  await changeScene();
  await choose("Keep this view");
  const kept = page.getByRole("dialog", { name: "Views" }).getByRole("button", { name: /^View 1$/ });
  await kept.locator("img").waitFor();
  await patch({ layers: first.layers, view: { axes: null, camera: first.view.camera } });
  await page.reload();
  await waitForView(page);
  await page.keyboard.press("b");
  await kept.click();
  await waitForScene(hasChanged);
  await page.getByRole("button", { name: "Delete View 1" }).click();
  await kept.waitFor({ state: "detached" });
});

test("kept views are renamed, put in another order, and kept again after they were deleted", async () => {
  const dialog = page.getByRole("dialog", { name: "Views" });
  const button = (name: string) => dialog.getByRole("button", { name, exact: true });
  const names = () => dialog.locator(".view > button > span").allTextContents();
  const isFocused = (name: string) => button(name).evaluate((element) => element === document.activeElement);
  await page.keyboard.press("b");
  for (const number of [1, 2]) {
    await button("Keep this view").click();
    await button(`View ${number}`).waitFor();
  }
  await button("View 2").press("F2");
  const field = dialog.getByRole("textbox", { name: "Name of View 2" });
  // Of these, b is a key of the page.
  await field.pressSequentially(" From b elow ");
  await field.press("Enter");
  await button("From b elow").waitFor();
  expect(await isFocused("From b elow")).toBe(true);
  await button("Rename From b elow").click();
  await page.keyboard.type("View 1");
  await page.keyboard.press("Enter");
  await waitForMessage(page, "Another view is called View 1.");
  await button("Rename From b elow").click();
  await page.keyboard.type("dropped");
  await page.keyboard.press("Escape");
  await button("Move From b elow before View 1").press("Enter");
  expect(await isFocused("From b elow")).toBe(true);
  expect(await names()).toEqual(["From b elow", "View 1"]);
  await button("Delete From b elow").press("Enter");
  expect(await names()).toEqual(["View 1"]);
  expect(await isFocused("Undo: keep From b elow")).toBe(true);
  await button("Undo: keep From b elow").press("Enter");
  expect(await isFocused("From b elow")).toBe(true);
  // The menu is open still; the browser remembers all of it.
  await page.reload();
  await waitForView(page);
  await page.keyboard.press("b");
  expect(await names()).toEqual(["From b elow", "View 1"]);
  for (const name of await names()) await button(`Delete ${name}`).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("b");
  await button("Keep this view").waitFor();
  expect(await names()).toEqual([]);
});

test("digits look from the sides of the scene, and change the projection", async () => {
  for (const [key, side] of [
    ["1", "front"],
    ["Shift+Digit1", "back"],
    ["7", "top"],
    ["Shift+Digit7", "bottom"],
    ["Numpad1", "front"],
  ] as const) {
    await page.keyboard.press(key);
    await waitForScene(({ view }) => view.view === side);
  }
  await page.keyboard.press("5");
  await waitForScene(({ view }) => view.orthographic === true);
  await page.keyboard.press("5");
  await waitForScene(({ view }) => view.orthographic !== true);
  await patch({ view: { view: null, orthographic: null } });
});

test("the help lists the keys that this viewer can use", async () => {
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Help" });
  await help.getByText("back, left, bottom").waitFor();
  await help.getByText("saved views, files and links").waitFor();
  await page.keyboard.press("Escape");
  await page.goto(`${origin}?token=${VIEW_TOKEN}`);
  await page.locator("#stage > .live").waitFor();
  await page.keyboard.press("?");
  await help.getByText("save a snapshot").waitFor();
  expect(await help.getByText("rotate").count()).toBe(0);
});
