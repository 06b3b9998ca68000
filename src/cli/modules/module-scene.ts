import { MemoryLayoutError } from "../../memory/memory-segment.ts";
import { SharedMemoryError } from "../../native/errors.ts";
import type { ControlValue } from "../../protocol/panel.ts";
import type { ShowManager } from "../../scene/show-manager.ts";
import type { RendererMessage } from "../renderer-protocol.ts";
import { describeModuleError, isInModule } from "./module-errors.ts";
import { runningPhase } from "./module-files.ts";
import { runSceneModule, type ShownModule } from "./scene-module.ts";

/** Number of different errors that are reported: a message with a counter in it would be a new one in each frame. */
const MAX_ERRORS = 100;

/** The scene module of a renderer process: runs it, and reports its errors. */
export class ModuleScene {
  readonly #path: string;
  readonly #send: (message: RendererMessage) => void;
  #shown: ShownModule | undefined;
  #isShown = false;
  /** Errors that were reported: one in a timer would be reported again and again. */
  readonly #reported = new Set<string>();

  /** @param path absolute */
  constructor(path: string, send: (message: RendererMessage) => void) {
    this.#path = path;
    this.#send = send;
  }

  /**
   * @param values that viewers have given to the module's controls before, by the control's name
   * @throws Error with the message for the user
   */
  async run(show: ShowManager, values?: Readonly<Record<string, ControlValue>>): Promise<void> {
    this.#send({ type: "progress", fraction: 1, phase: runningPhase(this.#path) });
    this.#shown = await runSceneModule(show, this.#path, values);
  }

  /** Whether the module has moved the camera, so that the scene is not to be framed. */
  get placedCamera(): boolean {
    return this.#shown?.placedCamera ?? false;
  }

  /** To be called when the scene was shown. */
  onShown(): void {
    this.#isShown = true;
  }

  /** Reports an uncaught error, which leaves the scene as it is. @returns false if it prevents the first frame, or is not the module's */
  report(error: unknown): boolean {
    const isMemory = error instanceof SharedMemoryError || error instanceof MemoryLayoutError;
    if (isMemory) return false;
    const message = describeModuleError(error, this.#path);
    if (!this.#isShown && !isInModule(error)) {
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
    try {
      this.#shown?.end();
    } catch (error) {
      console.error(describeModuleError(error, this.#path));
    }
    this.#shown = undefined;
  }
}
