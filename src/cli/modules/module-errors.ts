import { readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { describeError } from "../errors.ts";
import { moduleFiles } from "./module-files.ts";

/** The folder of this program's sources in a clone. */
const SOURCES = resolve(import.meta.dir, "../..");

/** A module that is no scene module. The message is a clause that follows the name of the file. */
export class ModuleError extends Error {
  override readonly name = "ModuleError";
}

interface Position {
  readonly file: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
}

/**
 * Describes an error of a scene module in one line: absolute path, line and column in the module or in what it imports, and the message.
 * Frames of this program's own functions are left out.
 *
 * @param module absolute path
 */
export function describeModuleError(error: unknown, module: string): string {
  const { file, line, column } = positionOf(error, module) ?? { file: module };
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return describeError(`${place}: ${messageOf(error)}`);
}

/** Whether an error occurred in a function of a module. */
export function isInModule(error: unknown): boolean {
  return error instanceof Error && positionInStack(error.stack ?? "") !== undefined;
}

/** @returns undefined if the error says nothing about where it occurred */
function positionOf(error: unknown, module: string): Position | undefined {
  if (error instanceof AggregateError) return positionOf(error.errors[0], module);
  if (error instanceof BuildMessage && error.position) {
    const { file, line, column } = error.position;
    return { file, line, column };
  }
  if (error instanceof ResolveMessage && error.specifier === module) return { file: module };
  if (error instanceof ResolveMessage)
    return findText(`["']${escaped(error.specifier)}["']`, [error.referrer]);
  const [, name] = MISSING_EXPORT.exec(error instanceof Error ? error.message : "") ?? [];
  if (name !== undefined) return findText(`\\b${escaped(name)}\\b`, moduleFiles(module));
  const inStack = error instanceof Error ? positionInStack(error.stack ?? "") : undefined;
  // Bun does not say which file it is.
  return inStack ?? (error instanceof SyntaxError ? { file: damagedJson(module) ?? module } : undefined);
}

const MISSING_EXPORT = /^Export named '(.+)' not found in module '(.+)'\.$/;

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) {
    const [first, ...others] = error.errors;
    return `${messageOf(first)}${others.length > 0 ? ` (and ${others.length} more)` : ""}`;
  }
  if (error instanceof ResolveMessage) return unresolved(error.specifier);
  if (!(error instanceof Error)) return `it threw ${String(error)}`;
  const { name, message } = error;
  const [, exported, from] = MISSING_EXPORT.exec(message) ?? [];
  if (exported !== undefined) return `${from} has no export named ${exported}`;
  const isPlain = error instanceof ModuleError || error instanceof BuildMessage || name === "Error";
  return `${isPlain ? "" : `${name}: `}${message}${adviceFor(message)}`;
}

function unresolved(specifier: string): string {
  if (isAbsolute(specifier)) return "there is no such file";
  if (specifier.startsWith(".")) return `there is no file ${specifier} to import`;
  if (/^three\/(webgpu|tsl)$/.test(specifier))
    return `${specifier} cannot be used: scenecast renders with three's WebGLRenderer, not with WebGPU`;
  if (/^three\/(addons|examples\/jsm)\/controls\//.test(specifier))
    return `${specifier} cannot be used, since it needs a browser: scenecast moves the camera itself, and show.cameraState places it`;
  if (/^three\/(addons|examples\/jsm)\//.test(specifier))
    return `scenecast does not contain ${specifier}; npm install three beside the module adds it`;
  const [name = specifier] = /^(@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
  return `cannot find the package ${specifier}: scenecast contains three, three/addons/… and scenecast; npm install ${name} beside the module adds this one`;
}

/** Modules are run without a browser. */
function adviceFor(message: string): string {
  return /\b(document|window|Image|HTMLCanvasElement|self) is not defined/.test(message) ||
    /'(document|window)\./.test(message)
    ? ". There is no browser here, and so no document, no images of HTML, and no canvas"
    : "";
}

/** The first frame that is in neither this program nor Bun. */
function positionInStack(stack: string): Position | undefined {
  for (const [, file = "", line, column] of stack.matchAll(
    /^\s*at .*?\(?((?:\/|[a-z-]+:)[^\s()]*):(\d+):(\d+)\)?$/gm,
  )) {
    const isOwn = !file.startsWith("/") || file.startsWith("/$bunfs/") || file.startsWith(`${SOURCES}/`);
    if (!isOwn && !file.includes("/node_modules/"))
      return { file, line: Number(line), column: Number(column) };
  }
  return undefined;
}

function damagedJson(module: string): string | undefined {
  return moduleFiles(module).find((file) => {
    if (!file.endsWith(".json")) return false;
    try {
      JSON.parse(sourceOf(file));
      return false;
    } catch {
      return true;
    }
  });
}

/** The first place where files contain a text. */
function findText(pattern: string, files: readonly string[]): Position | undefined {
  for (const file of files) {
    const source = sourceOf(file);
    const at = source.search(new RegExp(pattern));
    if (at < 0) continue;
    const before = source.slice(0, at).split("\n");
    return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
  return files[0] === undefined ? undefined : { file: files[0] };
}

function sourceOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
