import { Console } from "node:console";
import { getLogger } from "@logtape/logtape";
import { setConsoleFunction } from "three";
import type { ControlValue } from "../../protocol/panel.ts";
import { sameCameraState } from "../../scene/camera/camera-state.ts";
import type { ShowManager } from "../../scene/show-manager.ts";
import { describeModuleError, ModuleError } from "./module-errors.ts";
import { useOwnImports } from "./module-imports.ts";

const log = getLogger(["scenecast", "module"]);

/** Width or height of a frame that is drawn as a trial, px. */
const TRIAL_SIZE = 64;

/** Values of controls by their name. */
type ControlValues = Readonly<Record<string, ControlValue>>;

/** A scene module that has filled a show. */
export interface ShownModule {
  /** Whether it has moved the camera, so that the scene is not to be framed. */
  readonly placedCamera: boolean;
  /** Settles when the callbacks of the controls that were set have ended. */
  readonly controlled: Promise<void>;
  /** Calls the function that the module returned, if any. */
  end(): void;
}

/**
 * Imports a scene module and has it fill a show: `export default (show) => { … }`, which may be async and may return a function that is
 * called when the scene ends.
 *
 * @param path absolute
 * @param values that viewers have given to its controls before; it is called as if they did so again
 * @throws Error with the message for the user
 */
export async function runSceneModule(
  show: ShowManager,
  path: string,
  values: ControlValues = {},
): Promise<ShownModule> {
  useOwnImports();
  redirectConsole();
  const { cameraState } = show;
  try {
    const { default: run } = (await import(path)) as { default?: unknown };
    if (typeof run !== "function")
      throw new ModuleError("it exports no function by default: write export default (show) => { … }");
    const end: unknown = await run(show);
    // The scene is framed as its animation begins.
    show.animate(0);
    const placedCamera = !sameCameraState(show.cameraState, cameraState);
    if (placedCamera) show.resetCameraClippingRange();
    // The module may have been changed so that it has no such control.
    const calls = Object.entries(values).map(([name, value]) => show.panel.execute(name, value));
    const controlled = Promise.allSettled(calls).then(() => {});
    tryToDraw(show);
    return {
      ...{ placedCamera, controlled },
      end: () => {
        if (typeof end === "function") end();
      },
    };
  } catch (error) {
    throw new Error(describeModuleError(error, path));
  }
}

/** Draws a small frame, so that objects that cannot be drawn are reported now, and not by a first frame that never comes. */
function tryToDraw(show: ShowManager): void {
  const { debug } = show.renderer;
  const before = debug.onShaderError;
  let problem: string | undefined;
  debug.onShaderError = (gl, _, ...shaders) => {
    problem ??= shaderProblem(gl, shaders);
  };
  try {
    show.render({ draft: true, scale: Math.min(1, TRIAL_SIZE / Math.max(...show.size)) });
  } catch (error) {
    throw new ModuleError(`its objects cannot be drawn: ${error}`, { cause: error });
  } finally {
    debug.onShaderError = before;
  }
  if (problem !== undefined) throw new ModuleError(`its shader cannot be used: ${problem}`);
}

/** The first error of shaders, with the line of the source: three.js adds lines before it, so that its number says little. */
function shaderProblem(
  gl: WebGLRenderingContext | WebGL2RenderingContext,
  shaders: readonly WebGLShader[],
): string {
  for (const shader of shaders) {
    const log = gl.getShaderInfoLog(shader)?.trim() ?? "";
    if (log === "" || gl.getShaderParameter(shader, gl.COMPILE_STATUS) === true) continue;
    const [first = ""] = log.split("\n").filter((line) => /error/i.test(line));
    const [, number] = /\b0:(\d+)/.exec(first) ?? [];
    const line = gl.getShaderSource(shader)?.split("\n")[Number(number) - 1]?.trim();
    return line === undefined ? first || log : `${first}, in the line ${line}`;
  }
  return "its vertex and fragment shaders do not fit together";
}

/**
 * Runs a scene module for pictures or a film. Uncaught errors of the module, as in a rejected promise, end
 * this process with the message for the user.
 */
export async function recordSceneModule(
  show: ShowManager,
  path: string,
  values?: ControlValues,
): Promise<ShownModule> {
  const fail = (error: unknown): never => {
    process.stderr.write(`scenecast: ${describeModuleError(error, path)}\n`);
    process.exit(1);
  };
  process.once("uncaughtException", fail);
  process.once("unhandledRejection", fail);
  return await runSceneModule(show, path, values);
}

/** What a module prints goes to standard error, since standard output is for pictures and messages. */
function redirectConsole(): void {
  Object.assign(globalThis.console, new Console(process.stderr, process.stderr));
  // Warnings of three.js are about the module's objects and shaders.
  setConsoleFunction((type: string, message: string, ...details: unknown[]) => {
    const text = [message, ...details].map(String).join(" ");
    if (type === "log") log.info`three.js: ${text}`;
    else log.warning`three.js: ${text}`;
  });
}
