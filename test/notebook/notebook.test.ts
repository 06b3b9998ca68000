// The snippet of docs/notebooks.md in Debian's jupyter-notebook: a live view in a cell that can be steered and ends with its kernel.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { decodePng, differingShare } from "../support/images.ts";
import { cornerObj } from "../support/model.ts";
import { remaining, segmentsOf, until } from "../support/scenecast.ts";
import { HAS_NOTEBOOK, JupyterNotebook } from "./jupyter-notebook.ts";

interface State {
  renderer: { state: string; pid: number };
  frame: { still: boolean } | null;
  camera: CameraState | null;
}

/** A live view in a notebook: its URL and its processes. */
interface Shown {
  url: string;
  kernel: number;
  server: number;
  renderer: number;
}

const SNIPPET = readFileSync(join(import.meta.dir, "snippet.py"), "utf8");

const alive = (pid: number) => existsSync(`/proc/${pid}`);

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

async function stateOf(url: string, accept: (state: State) => boolean): Promise<State> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const address = new URL(url);
    address.pathname += "state";
    const state = (await (await fetch(address)).json()) as State;
    if (accept(state)) return state;
    if (Date.now() > deadline)
      throw new Error(`The expected state was not reached: ${JSON.stringify(state)}`);
    await Bun.sleep(20);
  }
}

const skipped = HAS_NOTEBOOK ? "" : " (skipped: python3-notebook is not installed)";

describe.skipIf(!HAS_NOTEBOOK)(`the live view in Debian's jupyter-notebook${skipped}`, () => {
  let jupyter: JupyterNotebook;
  let browser: TestBrowser;

  beforeAll(async () => {
    [jupyter, browser] = await Promise.all([
      JupyterNotebook.start(),
      launchBrowser({ viewport: { width: 1000, height: 800 } }),
    ]);
    jupyter.write("bunny.obj", cornerObj());
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await jupyter?.[Symbol.asyncDispose]();
  });

  async function open(name: string, code: string): Promise<Page> {
    const page = await browser.context.newPage();
    await page.goto(jupyter.notebook(name, code));
    await page.locator("#kernel_indicator_icon.kernel_idle_icon").waitFor();
    return page;
  }

  const outputs = (page: Page) => page.locator(".output_area iframe:not(.old)");

  /** Runs the cell and waits for its view. */
  async function run(page: Page): Promise<Shown> {
    await outputs(page).evaluateAll((elements) => {
      for (const element of elements) element.classList.add("old");
    });
    await page.locator(".code_cell .input_area").click();
    await page.keyboard.press("Control+Enter");
    const frame = outputs(page).contentFrame();
    await frame.locator("#stage > .live").waitFor();
    await frame.locator("#notice").waitFor({ state: "hidden" });
    const url = (await (await outputs(page).elementHandle())?.contentFrame())?.url() ?? "";
    const { renderer } = await stateOf(url, ({ renderer: { state } }) => state === "running");
    const server = parentOf(renderer.pid);
    return { url, kernel: parentOf(server), server, renderer: renderer.pid };
  }

  async function expectEnded({ server, renderer }: Shown, segments: readonly string[]): Promise<void> {
    await until(() => !alive(server) && !alive(renderer), "scenecast ends");
    expect(remaining(segments)).toEqual([]);
  }

  test("the snippet shows the live view, a drag rotates it, and shutting down the kernel ends scenecast", async () => {
    const page = await open("shut-down.ipynb", SNIPPET);
    const shown = await run(page);
    const segments = segmentsOf(shown.server);
    expect(segments).not.toBeEmpty();

    const before = await stateOf(shown.url, ({ frame }) => frame?.still === true);
    const element = outputs(page);
    await element.scrollIntoViewIfNeeded();
    const box = await element.boundingBox();
    if (box === null) throw new Error("The iframe is not visible.");
    expect(box.height).toBe(480);
    const screenshot = async () => decodePng(await page.screenshot({ clip: box }));
    const seen = await screenshot();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 200, y + 50, { steps: 5 });
    await page.mouse.up();
    await stateOf(
      shown.url,
      ({ frame, camera }) => frame?.still === true && !Bun.deepEquals(camera, before.camera),
    );
    let share = 0;
    for (let attempt = 0; attempt < 100 && share < 0.03; attempt++) {
      share = differingShare(await screenshot(), seen);
    }
    expect(share).toBeGreaterThan(0.03);

    // An interrupted cell does not end the view.
    const kernels = (await (await jupyter.request("GET", "api/kernels")).json()) as { id: string }[];
    const id = kernels[0]?.id;
    await jupyter.request("POST", `api/kernels/${id}/interrupt`);
    expect((await fetch(shown.url)).status).toBe(200);

    await jupyter.request("DELETE", `api/kernels/${id}`);
    await expectEnded(shown, segments);
    await page.close();
  });

  test("a cell run again replaces its view by a new one, which ends when the kernel is killed", async () => {
    const page = await open("killed.ipynb", SNIPPET);
    const first = await run(page);
    const old = segmentsOf(first.server);
    const second = await run(page);
    await expectEnded(first, old);
    expect(second.kernel).toBe(first.kernel);

    const segments = segmentsOf(second.server);
    process.kill(second.kernel, "SIGKILL");
    await expectEnded(second, segments);
    await page.close();
  });
});
