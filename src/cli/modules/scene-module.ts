import { basename } from "node:path";
import { getLogger } from "@logtape/logtape";
import { setConsoleFunction } from "three";
import type { ShowManager } from "../../scene/show-manager.ts";
import { useOwnImports } from "./module-imports.ts";

const log = getLogger(["scenecast", "module"]);

/**
 * Imports a scene module and has it fill a show: `export default (show) => { … }`, which may be async.
 *
 * @param path absolute
 * @returns the function that the module returned, which is to be called when its scene ends
 * @throws whatever the module throws; `describeModuleError` says where
 */
export async function runSceneModule(show: ShowManager, path: string): Promise<() => void> {
  useOwnImports();
  // Warnings of three.js are about the module's objects and shaders.
  setConsoleFunction((type: string, message: string, ...details: unknown[]) => {
    const text = [message, ...details].map(String).join(" ");
    if (type === "log") log.info`three.js: ${text}`;
    else log.warning`three.js: ${text}`;
  });
  const { default: run } = (await import(path)) as { default?: unknown };
  if (typeof run !== "function")
    throw new ModuleError(`it exports no function by default: write export default (show) => { … }`);
  const end: unknown = await run(show);
  return () => {
    if (typeof end === "function") end();
  };
}

/** A module that is no scene module. The message is a clause that follows the name of the file. */
export class ModuleError extends Error {
  override readonly name = "ModuleError";
}

/** What a person reads while a module is imported and runs. */
export function runningPhase(path: string): string {
  return `running ${basename(path)}`;
}
