import { readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, resolve } from "node:path";

/** Extensions that an import may leave out. */
const EXTENSIONS = ["", ".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", ".json", "/index.ts", "/index.js"];

/** Maximum number of files: an import of a whole tree is not followed further. */
const MAX_FILES = 1000;

/** Whether a file is a scene module, by its name: a program in TypeScript or JavaScript. */
export function isSceneModule(path: string): boolean {
  return /\.[cm]?[jt]sx?$/i.test(path);
}

/**
 * The files that a scene module consists of: the module, and what it imports by relative paths, directly or indirectly. The module is not
 * run. Files that cannot be parsed are included, without their imports.
 *
 * @param module absolute path
 */
export function moduleFiles(module: string): string[] {
  const files = new Set([module]);
  for (const file of files) {
    if (files.size >= MAX_FILES) break;
    for (const imported of importsOf(file)) files.add(imported);
  }
  return [...files];
}

function importsOf(file: string): string[] {
  const loader = /\.[cm]?js$/i.test(file) ? "js" : /\.[cm]?ts$/i.test(file) ? "ts" : extname(file).slice(1);
  if (loader !== "js" && loader !== "ts" && loader !== "jsx" && loader !== "tsx") return [];
  try {
    const found = new Bun.Transpiler({ loader }).scanImports(readFileSync(file, "utf8"));
    return found
      .map(({ path }) => path)
      .filter((path) => /^\.{0,2}\//.test(path))
      .map((path) => fileOf(resolve(dirname(file), path)));
  } catch {
    return [];
  }
}

/** Resolves an import to its file. @returns the path itself if the file does not exist yet */
function fileOf(path: string): string {
  const candidates = EXTENSIONS.map((extension) => path + extension);
  return candidates.find(isFile) ?? path;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** What a person reads while a module is imported and runs. */
export function runningPhase(module: string): string {
  return `running ${basename(module)}`;
}
