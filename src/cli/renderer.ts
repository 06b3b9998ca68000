import { writeSync } from "node:fs";
import { getLogger } from "@logtape/logtape";
import { isSoftwareRenderer } from "../gl/index.ts";
import { dieWithParent, exitAfterInputEnds } from "../native/process.ts";
import {
  type RendererConfig,
  type RendererMessage,
  rendererCommandSchema,
  rendererConfigSchema,
} from "../protocol/renderer-messages.ts";
import { isOneColor, whyNothingIsSeen } from "../scene/nothing-visible.ts";
import { ShowManager } from "../scene/show-manager.ts";
import { ShowStream } from "../stream/show-stream.ts";
import { describeError } from "./errors.ts";
import { readLines } from "./lines.ts";
import { type LoadedShow, loadShow } from "./load-show.ts";
import { configureLog } from "./log.ts";

/** Interval of the heartbeat, ms. */
const HEARTBEAT_MS = 1000;

/** Grace period for the clean-up after the end of standard input, ms. After it a native thread ends the process, which may hang. */
const CLEAN_UP_MS = 2000;

const log = getLogger(["scenecast", "renderer"]);

/**
 * The renderer process of `view`: loads, renders, writes frames into shared memory and takes events from there. It leaves, and takes its
 * segments along, when its input ends: the parent has closed it, or is dead.
 */
export async function runRenderer(parentPid: number): Promise<void> {
  if (!dieWithParent(parentPid)) process.exit(1);
  exitAfterInputEnds(CLEAN_UP_MS);
  // Ctrl+C, Ctrl+\ and a hang-up reach all processes of the terminal; the parent handles them and ends this one in order.
  for (const signal of ["SIGINT", "SIGQUIT", "SIGHUP"] as const) process.on(signal, () => {});
  const lines = readLines(Bun.stdin.stream());
  const first = await lines.next();
  if (first.done) return;
  const config = rendererConfigSchema.parse(JSON.parse(first.value));
  configureLog(config.logLevel);

  using cleanup = new DisposableStack();
  const leave = (exitCode: number): never => {
    cleanup.dispose();
    process.exit(exitCode);
  };
  process.once("SIGTERM", () => leave(0));
  // The parent starts this process again; what it needs to know is why.
  const fail = (error: unknown) => {
    process.stderr.write(`scenecast: the renderer failed: ${error instanceof Error ? error.stack : error}\n`);
    leave(1);
  };
  process.once("uncaughtException", fail);
  process.once("unhandledRejection", fail);
  setInterval(() => say({ type: "alive" }), HEARTBEAT_MS).unref();
  let renderer: Renderer | undefined;
  const working = (async () => {
    renderer = cleanup.use(new Renderer(config));
    await renderer.load();
  })().catch((error: unknown) => {
    say({ type: "failed", message: describeError(error) });
    leave(1);
  });
  for await (const line of lines) {
    const request = rendererCommandSchema.safeParse(JSON.parse(line));
    if (!request.success) continue;
    await working;
    await renderer?.reload();
  }
  leave(0);
}

/** Sends a message to the parent. Synchronous, since this thread may be busy for a long time afterwards. */
function say(message: RendererMessage): void {
  try {
    writeSync(1, `${JSON.stringify(message)}\n`);
  } catch (error) {
    // The parent is dead or about to end; the end of standard input ends this process in order.
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  }
}

class Renderer implements Disposable {
  readonly #config: RendererConfig;
  readonly #show: ShowManager;
  readonly #stream: ShowStream;
  #shown: LoadedShow | undefined;
  /** Stops the check for an empty picture. */
  #endCheck: () => void = () => {};

  constructor(config: RendererConfig) {
    this.#config = config;
    const { size, background, glBackend, maxSize } = config;
    using opened = new DisposableStack();
    this.#show = opened.use(
      new ShowManager({ size, glBackend, ...(background !== undefined && { background }) }),
    );
    // Our own server reads RGBA as GL gives it; a conversion to FURY's RGB would cost a copy.
    this.#stream = opened.use(
      new ShowStream(this.#show, {
        maxWindowSize: maxSize,
        pixelFormat: "rgba",
        // Ends this process; the parent restarts it with new memory.
        onWriteError: (error) => {
          throw error;
        },
      }),
    );
    opened.move();
    say({ type: "names", names: this.#stream.names, driver: this.#show.driver });
  }

  /** Loads and frames the scene, or takes the camera of the renderer before this one, and goes on the air. */
  async load(): Promise<void> {
    const shown = await this.#read();
    this.#shown = shown;
    shown.frame("animation");
    if (this.#config.camera) this.#show.cameraState = this.#config.camera;
    this.#stream.animation = shown;
    say({ type: "progress", fraction: 1, phase: "drawing the first picture" });
    const off = this.#show.on("render", () => {
      off();
      say({ type: "running" });
      this.#makeDrafts();
    });
    this.#checkNextPicture();
    this.#stream.start();
  }

  /** Reads the files again and shows them from the same camera; the old scene stays when they can not be read. */
  async reload(): Promise<void> {
    try {
      const shown = await this.#read();
      this.#shown?.remove();
      this.#shown = shown;
      this.#show.resetCameraClippingRange();
      this.#checkNextPicture();
      this.#stream.animation = shown;
      say({ type: "reloaded" });
      this.#makeDrafts();
    } catch (error) {
      say({ type: "reloaded", error: describeError(error) });
    }
  }

  /** Checks the next frame for an empty picture. */
  #checkNextPicture(): void {
    this.#endCheck();
    const off = this.#show.on("render", () => {
      off();
      // After all listeners of this frame.
      setTimeout(() => this.#reportEmptyPicture());
    });
    this.#endCheck = off;
  }

  /** Reports why nothing is visible, and later that something is visible again, for example after a camera movement. */
  #reportEmptyPicture(): void {
    if (this.#show.disposed) return;
    const reason = whyNothingIsSeen(this.#show);
    if (reason === undefined) return;
    const problem = `Nothing is visible in the picture: ${reason}.`;
    log.warning`${problem}`;
    say({ type: "picture", problem });
    const off = this.#show.on("render", () => {
      if (isOneColor(this.#show)) return;
      off();
      say({ type: "picture" });
    });
    this.#endCheck = off;
  }

  /** For pictures in motion; a GPU draws whole meshes in time. The first picture does not wait for it. */
  #makeDrafts(): void {
    if (isSoftwareRenderer(this.#show.driver)) void this.#shown?.makeDrafts();
  }

  #read(): ReturnType<typeof loadShow> {
    return loadShow(this.#show, {
      files: this.#config.files,
      up: this.#config.up,
      root: this.#config.root,
      onProgress: (fraction, phase) => say({ type: "progress", fraction, phase }),
    });
  }

  [Symbol.dispose](): void {
    this.#stream.cleanup();
    this.#show.dispose();
  }
}
