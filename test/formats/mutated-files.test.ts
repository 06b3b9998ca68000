import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { MUTANT_FORMATS, type MutantFormat } from "./mutants.ts";

/** 18 s of CPU time for all formats, of which half is not in the readers, but in building and freeing the scene. 1,000 found nothing more. */
const FILES = 400;
/** Timeout for one mutant. Loading needs about a millisecond; a mutant that exceeds this hangs. */
const WATCHDOG_MS = 20_000;
/**
 * Maximum ratio of peak memory after all mutants to that after the first. Measured: 1.5 to 5.4, depending on garbage collection; an
 * unchecked allocation of 2 GB is 30.
 */
const MAX_GROWTH = 10;

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

interface Outcome {
  /** One line with the seed for each mutant that hangs, crashes, or fails other than with a LoadError. */
  readonly problems: string[];
  readonly loaded: number;
  /** Peak resident set size of the child process after the first mutant. */
  readonly baselineRssBytes: number;
  readonly maxRssBytes: number;
}

/** Loads mutants in a child process. After a hang or a crash, a new process loads the rest. */
async function loadMutants(format: MutantFormat, first: number, count: number): Promise<Outcome> {
  const program = join(import.meta.dir, "load-mutants.ts");
  const child = Bun.spawn([process.execPath, program, format, `${first}`, `${count}`, directory.path], {
    stdout: "pipe",
    stderr: "inherit",
  });
  let timedOut = false;
  const onTimeout = (): void => {
    timedOut = true;
    child.kill("SIGKILL");
  };
  let watchdog = setTimeout(onTimeout, WATCHDOG_MS);
  const problems: string[] = [];
  let seed = first;
  let partialLine = "";
  let result: Omit<Outcome, "problems"> | undefined;
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    clearTimeout(watchdog);
    watchdog = setTimeout(onTimeout, WATCHDOG_MS);
    const lines = (partialLine + decoder.decode(chunk, { stream: true })).split("\n");
    partialLine = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("seed ")) seed = Number(line.slice(5));
      else if (line.startsWith("failed ")) problems.push(`${format} ${line}`);
      else if (line.startsWith("done ")) result = JSON.parse(line.slice(5));
    }
  }
  clearTimeout(watchdog);
  await child.exited;
  if (result !== undefined) return { problems, ...result };
  const failure = timedOut ? "hangs" : `ends the process (${child.signalCode ?? child.exitCode})`;
  problems.push(`${format} seed ${seed} ${failure}`);
  const remaining = first + count - seed - 1;
  if (remaining <= 0) return { problems, loaded: 0, baselineRssBytes: 0, maxRssBytes: 0 };
  const remainder = await loadMutants(format, seed + 1, remaining);
  return { ...remainder, problems: [...problems, ...remainder.problems] };
}

for (const format of MUTANT_FORMATS) {
  test(`${FILES} mutated ${format} files are loaded, or refused with a LoadError without internal wording`, async () => {
    const { problems, loaded, baselineRssBytes, maxRssBytes } = await loadMutants(format, 0, FILES);
    expect(problems).toEqual([]);
    // If format detection refused nearly all mutants, the parsers would not be tested.
    expect(loaded).toBeGreaterThan(FILES / 25);
    expect(maxRssBytes).toBeLessThan(MAX_GROWTH * baselineRssBytes);
  }, 300_000);
}
