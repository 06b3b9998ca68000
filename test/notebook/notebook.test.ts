// scenecast.view, and the snippet of docs/notebooks.md, in Debian's jupyter-notebook.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { decodePng, differingShare } from "../support/images.ts";
import { cornerObj } from "../support/model.ts";
import { PythonModuleProgram } from "../support/python-module.ts";
import { segmentsOf } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { HAS_NOTEBOOK, JupyterNotebook } from "./jupyter-notebook.ts";
import { expectEnded, NotebookPage, type Shown } from "./notebook-page.ts";

const SNIPPET = readFileSync(join(import.meta.dir, "snippet.py"), "utf8");

/** The programs of Jupyter start slowly on a busy machine. */
const TIMEOUT_MS = 180_000;

const skipped = HAS_NOTEBOOK ? "" : " (skipped: python3-notebook is not installed)";

describe.skipIf(!HAS_NOTEBOOK)(`the live view in Debian's jupyter-notebook${skipped}`, () => {
  let jupyter: JupyterNotebook;
  let browser: TestBrowser;
  let notebook: NotebookPage;
  let shown: Shown;

  beforeAll(async () => {
    [jupyter, browser] = await Promise.all([
      JupyterNotebook.start(),
      launchBrowser({ viewport: { width: 1000, height: 800 } }),
    ]);
    jupyter.write("bunny.obj", cornerObj());
    // A first picture that takes long is not part of the output.
    notebook = await open(
      "view.ipynb",
      'import scenecast\n\nview = scenecast.view("bunny.obj")\nview.snapshot()\nview',
    );
    shown = await notebook.run();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await jupyter?.[Symbol.asyncDispose]();
  });

  const open = (name: string, code: string) =>
    NotebookPage.open(browser.context, jupyter.notebook(name, code));

  test(
    "a cell shows the live view, and a drag rotates it",
    async () => {
      // The page is at this address; the view's own URL has "localhost".
      expect(new URL(shown.url).hostname).toBe("127.0.0.1");
      const box = await notebook.box();
      expect(box.height).toBe(480);
      const screenshot = async () => decodePng(await notebook.page.screenshot({ clip: box }));
      await notebook.state(({ frame }) => frame?.still === true);
      const seen = await screenshot();
      await notebook.drag();
      let share = 0;
      for (let attempt = 0; attempt < 100 && share < 0.03; attempt++) {
        share = differingShare(await screenshot(), seen);
      }
      expect(share).toBeGreaterThan(0.03);
    },
    TIMEOUT_MS,
  );

  test(
    "the wheel scrolls the notebook until the picture is clicked, and keys typed there run no command of the notebook",
    async () => {
      const { page } = notebook;
      const site = page.locator("#site");
      // Room to scroll.
      await site.evaluate((element) => {
        const space = document.createElement("div");
        space.style.height = "2000px";
        element.append(space);
      });
      const scrolled = () => site.evaluate((element) => element.scrollTop);
      await page.locator(".code_cell .input_area").click();
      const box = await notebook.box();
      const before = await scrolled();
      // A wheel just after the pointer has entered scrolls. On a slow machine it may come later, and zooms: then again.
      for (let polls = 0; (await scrolled()) === before; polls++) {
        if (polls % 100 === 0) {
          await page.mouse.move(box.x + 300, box.y - 10);
          await page.mouse.move(box.x + 300, box.y + 200);
          await page.mouse.wheel(0, 40);
        }
        await Bun.sleep(10);
      }

      const still = await notebook.state(({ frame }) => frame?.still === true);
      const { x, y } = await notebook.box();
      await page.mouse.click(x + 300, y + 200);
      const scrollTop = await scrolled();
      await page.mouse.wheel(0, 40);
      await notebook.state(({ camera }) => !Bun.deepEquals(camera, still.camera));
      expect(await scrolled()).toBe(scrollTop);

      // In the notebook's command mode: insert cells, cut, delete, interrupt and restart the kernel.
      for (const key of ["a", "b", "x", "d", "d", "Enter", "Escape", "i", "i", "0", "0"]) {
        await page.keyboard.press(key);
      }
      // The last key is one of the view, which has received those before when its camera moves.
      const zoomed = await notebook.state(({ frame }) => frame?.still === true);
      await page.keyboard.press("+");
      await notebook.state(({ camera }) => !Bun.deepEquals(camera, zoomed.camera));
      expect(await page.locator(".cell").count()).toBe(1);
      expect(await page.locator(".modal.in").count()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "a saved notebook is live again while its kernel runs, and shows the picture where it is not trusted or exported",
    async () => {
      const { page } = notebook;
      await page.evaluate("Jupyter.notebook.save_notebook()");
      await page.reload();
      await notebook.kernelIsIdle();
      expect(await notebook.shown()).toEqual(shown);

      const { content } = (await (await jupyter.request("GET", "api/contents/view.ipynb")).json()) as {
        content: { metadata: Record<string, unknown> };
      };
      // The same output in another notebook, which the user's signature does not cover.
      content.metadata.from = "elsewhere";
      jupyter.write("received.ipynb", JSON.stringify(content));
      const received = await NotebookPage.open(browser.context, jupyter.urlOf("received.ipynb"));
      const output = received.page.locator(".output_html");
      const { port, searchParams } = new URL(shown.url);
      const url = `http://localhost:${port}/?token=${searchParams.get("token")}`;
      expect(await output.locator("a").getAttribute("href")).toBe(url);
      const widthOf = (image: HTMLImageElement) => image.naturalWidth;
      expect(await output.locator("img").evaluate(widthOf)).toBe(1280);
      expect(await received.output.count()).toBe(0);

      // The export is read on another computer, without a network.
      await received.page.route(/^https?:/, (route) => route.abort());
      await received.page.goto(`file://${await jupyter.convert("view.ipynb", "html")}`);
      const frame = received.page.locator("iframe").contentFrame();
      await frame.getByText("The live view is not reached.").waitFor();
      expect(await received.page.locator("img").evaluate(widthOf)).toBe(1280);
      await received.page.close();
      // A format without HTML has the image/png.
      expect(readFileSync(await jupyter.convert("view.ipynb", "latex"), "utf8")).toContain("view_0_0.png");
    },
    TIMEOUT_MS,
  );

  test(
    "the snippet run again replaces its view by a new one, which ends when the kernel is restarted or killed",
    async () => {
      const rerun = await open("again.ipynb", SNIPPET);
      const first = await rerun.run();
      const old = segmentsOf(first.server);
      expect(old).not.toBeEmpty();
      const second = await rerun.run();
      await expectEnded(first, old);
      expect(second.kernel).toBe(first.kernel);

      const id = await jupyter.kernelOf("again.ipynb");
      // An interrupted cell does not end the view.
      await jupyter.request("POST", `api/kernels/${id}/interrupt`);
      expect((await fetch(second.url)).status).toBe(200);

      const restarted = segmentsOf(second.server);
      await jupyter.request("POST", `api/kernels/${id}/restart`);
      await expectEnded(second, restarted);
      await rerun.kernelIsIdle();
      const third = await rerun.run();
      const killed = segmentsOf(third.server);
      process.kill(third.kernel, "SIGKILL");
      await expectEnded(third, killed);
      await rerun.page.close();
    },
    TIMEOUT_MS,
  );

  test(
    "shutting down the kernel ends scenecast",
    async () => {
      const segments = segmentsOf(shown.server);
      await jupyter.request("DELETE", `api/kernels/${await jupyter.kernelOf("view.ipynb")}`);
      await expectEnded(shown, segments);
    },
    TIMEOUT_MS,
  );

  test(
    "a cell run again replaces all of its views, and none of another cell",
    async () => {
      using folder = new TemporaryDirectory();
      await using python = new PythonModuleProgram([
        join(import.meta.dir, "programs/cells.py"),
        folder.write("corner.obj", cornerObj()),
      ]);
      expect(await python.next()).toEqual([
        [true, true],
        [true, true, true],
        [false, false, true, true, true],
      ]);
    },
    TIMEOUT_MS,
  );
});
