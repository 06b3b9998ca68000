import { existsSync, readFileSync } from "node:fs";
import type { BrowserContext, Frame, FrameLocator, Locator, Page } from "playwright-core";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import { remaining, until } from "../support/scenecast.ts";

/** The part of `/state` that the tests use. */
export interface State {
  renderer: { state: string; pid: number };
  frame: { still: boolean } | null;
  camera: CameraState | null;
}

/** A live view in a notebook: its URL in the browser and its processes. */
export interface Shown {
  url: string;
  kernel: number;
  server: number;
  renderer: number;
}

const alive = (pid: number): boolean => existsSync(`/proc/${pid}`);

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** Waits until scenecast has ended and its segments are removed. */
export async function expectEnded(
  { server, renderer }: Pick<Shown, "server" | "renderer">,
  segments: readonly string[],
): Promise<void> {
  await until(() => !alive(server) && !alive(renderer), "scenecast ends");
  await until(() => remaining(segments).length === 0, "the segments are removed");
}

/** A page of Jupyter Notebook 6 with one cell. */
export class NotebookPage {
  constructor(readonly page: Page) {
    // A kernel starts in 2 s on an idle machine, and in 20 s on a busy one.
    page.setDefaultTimeout(60_000);
  }

  /** Opens a notebook and waits for its kernel. */
  static async open(context: BrowserContext, url: string): Promise<NotebookPage> {
    const page = await context.newPage();
    await page.goto(url);
    const opened = new NotebookPage(page);
    await opened.kernelIsIdle();
    return opened;
  }

  async kernelIsIdle(): Promise<void> {
    await this.page.locator("#kernel_indicator_icon.kernel_idle_icon").waitFor();
  }

  /** The frame in the output of the cell. */
  get output(): Locator {
    return this.page.locator(".output_area iframe:not(.old)");
  }

  get view(): FrameLocator {
    return this.output.contentFrame();
  }

  /** Runs the cell and waits for its view. */
  async run(): Promise<Shown> {
    await this.output.evaluateAll((elements) => {
      for (const element of elements) element.classList.add("old");
    });
    await this.page.locator(".code_cell .input_area").click();
    await this.page.keyboard.press("Control+Enter");
    return this.shown();
  }

  /** Waits for the live view. */
  async shown(): Promise<Shown> {
    await this.view.locator("#stage > .live").waitFor();
    await this.view.locator("#notice").waitFor({ state: "hidden" });
    const { renderer } = await this.state(({ renderer: { state } }) => state === "running");
    const server = parentOf(renderer.pid);
    return { url: (await this.frame()).url(), kernel: parentOf(server), server, renderer: renderer.pid };
  }

  /** The frame of the view. */
  async frame(): Promise<Frame> {
    const frame = await (await this.output.elementHandle())?.contentFrame();
    if (!frame) throw new Error("The cell has no frame.");
    return frame;
  }

  /** Polls `/state` by the address that the browser uses, until `accept` returns true, at most 60 s. */
  async state(accept: (state: State) => boolean): Promise<State> {
    const frame = await this.frame();
    const deadline = Date.now() + 60_000;
    for (;;) {
      const state = (await frame.evaluate(async () => {
        const address = new URL(location.href);
        address.pathname += "state";
        return (await fetch(address)).json();
      })) as State;
      if (accept(state)) return state;
      if (Date.now() > deadline)
        throw new Error(`The expected state was not reached: ${JSON.stringify(state)}`);
      await Bun.sleep(20);
    }
  }

  /** The rectangle of the frame, scrolled into view. */
  async box(): Promise<{ x: number; y: number; width: number; height: number }> {
    await this.output.scrollIntoViewIfNeeded();
    const box = await this.output.boundingBox();
    if (box === null) throw new Error("The frame is not visible.");
    return box;
  }

  /** Drags in the picture, and waits until the camera has moved. */
  async drag(): Promise<void> {
    const before = await this.state(({ frame }) => frame?.still === true);
    const box = await this.box();
    const { mouse } = this.page;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await mouse.move(x, y);
    await mouse.down();
    await mouse.move(x + 200, y + 50, { steps: 5 });
    await mouse.up();
    await this.state(({ frame, camera }) => frame?.still === true && !Bun.deepEquals(camera, before.camera));
  }
}
