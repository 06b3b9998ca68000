import { mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";

/** Folder of compiled programs and temporary files, in the build folder. */
export const BUILD_FOLDER = resolve(import.meta.dir, "../../build/bench");

const compiled = new Map<string, string>();

/** Compiles a C program of this folder once. @returns the path of the executable @throws Error with the compiler's messages */
export function compile(source: string, more: readonly string[] = []): string {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  mkdirSync(BUILD_FOLDER, { recursive: true });
  const output = join(BUILD_FOLDER, basename(source, ".c"));
  const { success, stderr } = Bun.spawnSync([
    ...["gcc", "-std=c11", "-O2", "-Wall", "-Wextra", "-o", output, join(import.meta.dir, source), ...more],
  ]);
  if (!success) throw new Error(`Cannot compile ${source}:\n${stderr}`);
  compiled.set(source, output);
  return output;
}
