import { readdirSync, readFileSync } from "node:fs";

/** Number of open file descriptors of this process. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** The flag of a thread that is ending, in `/proc/PID/stat` (PF_EXITING of Linux). A joined thread is still listed for a moment, with it. */
const EXITING = 4;

/** Names of the C library's threads in this process, without those that are ending. */
export function nativeThreads(): string[] {
  return readdirSync("/proc/self/task").flatMap((task) => {
    const [, name = "", flags] = /^\d+ \((.*)\) \S(?: -?\d+){5} (\d+) /.exec(statusOf(task)) ?? [];
    return name.startsWith("sc-") && (Number(flags) & EXITING) === 0 ? [name] : [];
  });
}

/** Number of timer threads. */
export function timerThreads(): number {
  return nativeThreads().filter((name) => name === "sc-timer").length;
}

/** Waits until there are `count` timer threads. */
export async function untilTimerThreads(count: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (timerThreads() !== count) {
    if (Date.now() > deadline) throw new Error(`There are ${timerThreads()} timer threads, not ${count}.`);
    await Bun.sleep(1);
  }
}

/** The line of `/proc/self/task/TASK/stat`. */
function statusOf(task: string): string {
  try {
    return readFileSync(`/proc/self/task/${task}/stat`, "utf8");
  } catch {
    return ""; // ended after it was listed
  }
}

/** Number of mappings of /dev/shm/<name> in this process. */
export function mappingsOf(name: string): number {
  return readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .filter((line) => line.includes(`/dev/shm/${name}`)).length;
}

/** Runs a TypeScript file of test/native/fixtures in a new Bun process, with its stdout as lines. */
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

/** Prefix of a command that runs in its own mount namespace; without root this requires user namespaces. */
export const NEW_MOUNTS: readonly string[] = ["unshare", process.getuid?.() === 0 ? "-m" : "-rm"];

/** Whether this user may mount a tmpfs in a mount namespace. */
export const CAN_MOUNT: boolean =
  Bun.which("unshare") !== null &&
  Bun.spawnSync([...NEW_MOUNTS, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).exitCode === 0;

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

/** The next line. Throws if there is none. */
export async function nextLine(lines: AsyncGenerator<string, undefined>): Promise<string> {
  const { value } = await lines.next();
  if (value === undefined) throw new Error("The other process ended without another line.");
  return value;
}

/** Resident memory of this process, MiB. */
export function residentMiB(): number {
  return process.memoryUsage.rss() / 1024 / 1024;
}
