import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LoadError } from "../../src/formats/load-error.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { BASE_FILES, type MutantFormat, mutant, SIBLING_FILES } from "./mutants.ts";

/**
 * Loads the mutants of a format with the seeds FIRST to FIRST + COUNT - 1. Prints an unbuffered line before each,
 * from which the parent process sees the one that hangs or crashes, and a line for each that fails. The last mutant remains in FOLDER.
 *
 * Usage: bun test/formats/load-mutants.ts FORMAT FIRST COUNT FOLDER
 */
const [, , format, first, count, folder = "."] = process.argv;

/** JavaScript error wording and three.js's name, which do not help the user. In "no value (NaN)" it is explained. */
const INTERNAL_WORDING =
  /\b(?:undefined|(?<!\()NaN|THREE|evaluating|null is not|is not (?:a function|an object|iterable|defined)|typed array|Out of bounds|RangeError|TypeError)\b/;

for (const [name, content] of Object.entries(SIBLING_FILES)) writeFileSync(join(folder, name), content);
const base = BASE_FILES[format ?? ""];
const basePath = join(folder, "base");
if (base !== undefined) writeFileSync(basePath, base);
let unexpected: string | undefined;
process.on("uncaughtException", (error) =>
  recordUnexpected(`an error outside of the loader: ${describe(error)}`),
);
process.on("unhandledRejection", (error) => recordUnexpected(`an unhandled rejection: ${describe(error)}`));
for (const method of ["log", "info", "warn", "error"] as const) {
  console[method] = (...words: unknown[]) =>
    recordUnexpected(`console.${method}: ${words.map(String).join(" ")}`);
}

let loaded = 0;
let baselineRssBytes = 0;
for (let seed = Number(first); seed < Number(first) + Number(count); seed += 1) {
  print(`seed ${seed}`);
  const path = join(folder, `mutant.${format}`);
  writeFileSync(path, mutant(format as MutantFormat, seed));
  const problem = await loadMutant(path);
  if (problem !== undefined) print(`failed ${seed}: ${problem}`);
  baselineRssBytes ||= maxRssBytes();
}
print(`done ${JSON.stringify({ loaded, baselineRssBytes, maxRssBytes: maxRssBytes() })}`);

/** Peak resident set size of this program. getrusage() includes that of the parent before exec, which is larger in a long test run. */
function maxRssBytes(): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  if (kib === undefined) throw new Error("/proc/self/status has no VmHWM.");
  return Number(kib) * 1024;
}

/** Loads a file. @returns the problem, unless the file is loaded or refused with a LoadError */
async function loadMutant(path: string): Promise<string | undefined> {
  unexpected = undefined;
  try {
    const scene = await loadScene(base === undefined ? path : [basePath, path]);
    loaded += 1;
    const { min, max } = scene.bounds;
    // A tractogram without streamlines has empty bounds.
    if (!scene.bounds.isEmpty() && ![...min, ...max].every(Number.isFinite))
      return "its bounds are not finite";
    const internal = scene.warnings.find((warning) => INTERNAL_WORDING.test(warning));
    if (internal !== undefined) return `a warning with internal wording: ${internal}`;
    scene.dispose();
  } catch (error) {
    if (!(error instanceof LoadError)) return `not a LoadError: ${describe(error)}`;
    if (INTERNAL_WORDING.test(error.message)) return `a LoadError with internal wording: ${error.message}`;
    const isShort = error.message.startsWith(path) && error.message.length < 600;
    if (!isShort || /\p{Cc}/u.test(error.message)) return `a malformed message: ${error.message}`;
  }
  await new Promise((resolve) => setImmediate(resolve));
  return unexpected;
}

function recordUnexpected(text: string): void {
  unexpected ??= text.replace(/\s+/g, " ").slice(0, 300);
}

function print(line: string): void {
  writeSync(1, `${line}\n`);
}

function describe(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.replace(/\s*\n\s*/g, " | ").slice(0, 600);
}
