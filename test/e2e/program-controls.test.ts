// Controls of a program on the page: a scene module in the renderer of view, and a Python program behind serve.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { decodePng } from "../support/images.ts";
import { PythonModuleProgram } from "../support/python-module.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { waitForMessage, waitForView } from "../web/page-assertions.ts";

setDefaultTimeout(60_000);

const files = new TemporaryDirectory();
let browser: TestBrowser;

beforeAll(async () => {
  browser = await launchBrowser({ viewport: { width: 800, height: 600 } });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

async function open(url: string): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(url);
  await waitForView(page);
  return page;
}

const panel = (page: Page) => page.getByRole("complementary", { name: "Panel" });
const slider = (page: Page, name: string) => panel(page).getByRole("slider", { name, exact: true });

/** Waits until a slider has this value. */
async function waitForValue(page: Page, name: string, value: number): Promise<void> {
  const element = await slider(page, name).elementHandle();
  await page.waitForFunction(
    ([element, value]) => Number((element as HTMLInputElement | null)?.value) === value,
    [element, value] as const,
  );
}

/** The color in the middle of the picture. */
async function middle(url: string): Promise<number[]> {
  const { width, height, data } = decodePng(await (await fetch(new URL("snapshot.png", url))).bytes());
  const at = 4 * (width * (height >> 1) + (width >> 1));
  return [...data.subarray(at, at + 3)];
}

const MODULE = `
import { Color, Mesh, MeshBasicMaterial, SphereGeometry } from "three";

export default (show) => {
  const material = new MeshBasicMaterial({ color: "red" });
  show.add(new Mesh(new SphereGeometry(1), material));
  const blue = show.panel.number("Blue", {
    min: 0, max: 1, step: 0.5, value: 0,
    onChange: (value) => material.color.setRGB(1 - value, 0, value),
  });
  show.panel.button("Fail", { onClick: () => { throw new Error("there is no such colour"); } });
  show.panel.button("Lime", { onClick: () => { blue.value = 0.5; material.color.set("lime"); } });
};
`;

describe("controls of a scene module", () => {
  test("change the picture from the keyboard, on two pages, and an error of the module is shown and harms nothing", async () => {
    await using app = await RunningScenecast.start(["view", files.write("scene.ts", MODULE)]);
    const page = await open(app.url);
    const other = await open(app.url);
    expect(await middle(app.url)).toEqual([255, 0, 0]);
    await slider(page, "Blue").press("End");
    await waitForValue(other, "Blue", 1);
    expect(await middle(app.url)).toEqual([0, 0, 255]);
    await panel(other).getByRole("button", { name: "Lime", exact: true }).click();
    await waitForValue(page, "Blue", 0.5);
    await waitForValue(other, "Blue", 0.5);
    expect(await middle(app.url)).toEqual([0, 255, 0]);
    await panel(page).getByRole("button", { name: "Fail", exact: true }).click();
    await waitForMessage(page, '"Fail" failed in the program: there is no such colour.');
    expect(app.stderr).toContain("scene.ts");
    await slider(page, "Blue").press("Home");
    await waitForValue(other, "Blue", 0);
    expect(await middle(app.url)).toEqual([255, 0, 0]);
    await page.close();
    await other.close();
  });
});

describe("controls of a Python program", () => {
  test("are dragged and clicked in the page, follow the program, and go while they are dragged", async () => {
    const path = join(import.meta.dir, "../python/programs/controls.py");
    await using program = new PythonModuleProgram([path], { env: { XDG_RUNTIME_DIR: files.path } });
    const [, url] = await program.next<[string, string]>();
    const page = await open(url);
    await slider(page, "Slices").press("End");
    expect(await program.next<unknown[]>()).toEqual(["slices", 10, "scenecast-events"]);
    await panel(page).getByRole("button", { name: "Run", exact: true }).click();
    expect(await program.next<unknown[]>()).toEqual(["run", 0.3, [10, 90], 10]);
    await panel(page).getByRole("textbox", { name: "Title", exact: true }).fill("A title");
    await page.keyboard.press("Enter");
    expect(await program.next<unknown[]>()).toEqual(["title", "A title", "scenecast-events"]);
    program.send("set");
    await waitForValue(page, "Threshold", 0.75);

    const box = await slider(page, "Threshold").boundingBox();
    if (box === null) throw new Error("The slider is not visible.");
    await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.25, box.y + box.height / 2);
    for (let value = 1; value > 0.5; ) {
      const line = await program.next<[string, number]>();
      expect(line[0]).toBe("threshold");
      value = line[1];
    }
    // It is removed while it is held.
    program.send("remove");
    await slider(page, "Threshold").waitFor({ state: "detached" });
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
    await page.mouse.up();
    await panel(page).getByRole("button", { name: "Added", exact: true }).click();
    for (let line = await program.next<unknown[]>(); line[0] !== "added"; line = await program.next())
      expect(line[0]).toBe("threshold");
    await page.close();
  });
});
