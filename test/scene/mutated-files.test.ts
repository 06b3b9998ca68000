import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import type { MutantFormat } from "./mutants.ts";

const FILES = 2000;
/** Loading a mutant takes a millisecond; one that takes longer than this hangs. */
const WATCHDOG_MS = 20_000;
/** A loader takes 80 to 130 MB for all mutants of a format. */
const MAX_BYTES = 1e9;

const FORMATS: readonly MutantFormat[] = ["obj", "ply", "stl", "glb", "gltf"];

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

interface Outcome {
  /** A line for each mutant that hangs, crashes, or fails in other ways than by a LoadError, with its seed. */
  readonly problems: string[];
  readonly loaded: number;
  readonly maxRssBytes: number;
}

/** Loads mutants in a child process, and after one that hangs or crashes the rest in another. */
async function loadMutants(format: MutantFormat, first: number, count: number): Promise<Outcome> {
  const program = join(import.meta.dir, "load-mutants.ts");
  const child = Bun.spawn([process.execPath, program, format, `${first}`, `${count}`, directory.path], {
    stdout: "pipe",
    stderr: "inherit",
  });
  let hangs = false;
  const bark = (): void => {
    hangs = true;
    child.kill("SIGKILL");
  };
  let watchdog = setTimeout(bark, WATCHDOG_MS);
  const problems: string[] = [];
  let seed = first;
  let rest = "";
  let done: { loaded: number; maxRssBytes: number } | undefined;
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    clearTimeout(watchdog);
    watchdog = setTimeout(bark, WATCHDOG_MS);
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("seed ")) seed = Number(line.slice(5));
      else if (line.startsWith("failed ")) problems.push(`${format} ${line}`);
      else if (line.startsWith("done ")) done = JSON.parse(line.slice(5));
    }
  }
  clearTimeout(watchdog);
  await child.exited;
  if (done !== undefined) return { problems, ...done };
  const how = hangs ? "hangs" : `ends the process (${child.signalCode ?? child.exitCode})`;
  problems.push(`${format} seed ${seed} ${how}`);
  const left = first + count - seed - 1;
  if (left <= 0) return { problems, loaded: 0, maxRssBytes: 0 };
  const others = await loadMutants(format, seed + 1, left);
  return { ...others, problems: [...problems, ...others.problems] };
}

for (const format of FORMATS) {
  test(`${FILES} mutated ${format} files are loaded, or refused with a LoadError in plain words`, async () => {
    const { problems, loaded, maxRssBytes } = await loadMutants(format, 0, FILES);
    expect(problems).toEqual([]);
    // Mutants that are all refused at the door would test nothing behind it.
    expect(loaded).toBeGreaterThan(FILES / 20);
    expect(maxRssBytes).toBeLessThan(MAX_BYTES);
  }, 300_000);
}
