import { readdirSync, readFileSync } from "node:fs";

/** How many file descriptors this process has open. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** The names of this process's threads that the C library started. */
export function nativeThreads(): string[] {
  return readdirSync("/proc/self/task")
    .map((task) => threadName(task))
    .filter((name) => name.startsWith("sc-"));
}

/** How many threads of timers there are. */
export function timerThreads(): number {
  return nativeThreads().filter((name) => name === "sc-timer").length;
}

/** Waits until there are `count` of them: one that has ended, and was joined, is listed for a moment longer. */
export async function untilTimerThreads(count: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (timerThreads() !== count) {
    if (Date.now() > deadline)
      throw new Error(`There are ${timerThreads()} threads of timers, not ${count}.`);
    await Bun.sleep(1);
  }
}

function threadName(task: string): string {
  try {
    return readFileSync(`/proc/self/task/${task}/comm`, "utf8").trim();
  } catch {
    return ""; // ended between the listing and the look
  }
}

/** How many mappings of /dev/shm/<name> this process has. */
export function mappingsOf(name: string): number {
  return readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .filter((line) => line.includes(`/dev/shm/${name}`)).length;
}

/** Starts a TypeScript file of test/native/fixtures in a Bun process of its own, with its stdout as lines. */
export function startFixture(name: string, args: string[]) {
  const child = Bun.spawn(
    [process.execPath, new URL(`fixtures/${name}`, import.meta.url).pathname, ...args],
    {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  return { child, lines: linesOf(child.stdout) };
}

/** Begins a command that runs in a mount namespace of its own; without root it needs user namespaces. */
export const NEW_MOUNTS: readonly string[] = ["unshare", process.getuid?.() === 0 ? "-m" : "-rm"];

/** The lines of a stream. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  return undefined;
}

/** The next line; fails when there is none. */
export async function nextLine(lines: AsyncGenerator<string, undefined>): Promise<string> {
  const { value } = await lines.next();
  if (value === undefined) throw new Error("The other process ended without a further line.");
  return value;
}

/** Memory of this process that is in use, in MiB. */
export function residentMiB(): number {
  return process.memoryUsage.rss() / 1024 / 1024;
}
