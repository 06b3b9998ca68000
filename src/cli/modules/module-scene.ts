import { Console } from "node:console";
import { MemoryLayoutError } from "../../memory/memory-segment.ts";
import { SharedMemoryError } from "../../native/errors.ts";
import { sameCameraState } from "../../scene/camera/camera-state.ts";
import type { ShowManager } from "../../scene/show-manager.ts";
import type { RendererMessage } from "../renderer-protocol.ts";
import { describeModuleError } from "./module-errors.ts";
import { runSceneModule, runningPhase } from "./scene-module.ts";

/** Number of different errors that are reported: a message with a counter in it would be a new one in each frame. */
const MAX_ERRORS = 100;

/** The scene module of a renderer process: runs it, and reports its errors. */
export class ModuleScene {
  readonly #path: string;
  readonly #send: (message: RendererMessage) => void;
  #end = () => {};
  #isShown = false;
  /** Errors that were reported: one in a timer would be reported again and again. */
  readonly #reported = new Set<string>();
  /** Whether the module has moved the camera, so that the scene is not framed. */
  placedCamera = false;

  /** @param path absolute */
  constructor(path: string, send: (message: RendererMessage) => void) {
    this.#path = path;
    this.#send = send;
    // Standard output has the messages to the parent process.
    globalThis.console = new Console(process.stderr, process.stderr);
  }

  /** @throws Error with the message for the user */
  async run(show: ShowManager): Promise<void> {
    this.#send({ type: "progress", fraction: 1, phase: runningPhase(this.#path) });
    const { cameraState } = show;
    try {
      this.#end = await runSceneModule(show, this.#path);
    } catch (error) {
      throw new Error(describeModuleError(error, this.#path));
    }
    this.placedCamera = !sameCameraState(show.cameraState, cameraState);
    if (this.placedCamera) show.resetCameraClippingRange();
  }

  /** To be called when the scene was shown. From now on, errors leave it as it is. */
  onShown(): void {
    this.#isShown = true;
  }

  /** Reports an uncaught error. @returns false if the scene is not shown yet, or the error is not the module's */
  report(error: unknown): boolean {
    const isMemory = error instanceof SharedMemoryError || error instanceof MemoryLayoutError;
    if (isMemory) return false;
    const message = describeModuleError(error, this.#path);
    if (!this.#isShown) {
      this.#send({ type: "failed", message });
      return false;
    }
    if (!this.#reported.has(message) && this.#reported.size < MAX_ERRORS) {
      this.#reported.add(message);
      this.#send({ type: "module-error", error: message });
    }
    return true;
  }

  /** Calls the function that the module returned, if any. */
  end(): void {
    const end = this.#end;
    this.#end = () => {};
    try {
      end();
    } catch (error) {
      console.error(describeModuleError(error, this.#path));
    }
  }
}
