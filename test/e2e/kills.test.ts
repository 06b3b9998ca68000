import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { lines } from "../support/lines.ts";
import { cornerObj } from "../support/model.ts";
import { mayMountSharedMemory, PrivateSharedMemory } from "../support/private-shared-memory.ts";
import { randomNumbers } from "../support/random.ts";
import { COMMAND, until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

/** Enough kills that each signal hits the 100 ms of a renderer's start several times. */
const KILLS = 100;
/** Number of concurrent runs; more would only wait for each other on two cores. */
const CONCURRENCY = 4;
const SIGNALS = ["SIGKILL", "SIGHUP", "SIGQUIT", "SIGTERM"] as const;
/** Maximum delay of a kill, ms: after the start, and after the ready line (while the renderer starts and renders its first frame). */
const START_MS = 400;
const LIFE_MS = 900;

/** Processes with this mark in their environment. */
function processesMarked(mark: string): { pid: number; command: string }[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || !readFileSync(`/proc/${pid}/environ`, "latin1").includes(mark)) return [];
      return [
        { pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ") },
      ];
    } catch {
      return [];
    }
  });
}

test.skipIf(!mayMountSharedMemory())(
  `view killed ${KILLS} times at random moments leaves no process, segment or temporary file (needs the right to mount)`,
  async () => {
    using directory = new TemporaryDirectory();
    using memory = await PrivateSharedMemory.create();
    const temporary = `${directory.path}/tmp`;
    const model = directory.write("corner.obj", cornerObj());
    mkdirSync(temporary);
    const random = randomNumbers(20261129);

    async function startAndKill(run: number): Promise<string[]> {
      const mark = `${process.pid}-${run}-`;
      const signal = SIGNALS[run % SIGNALS.length] ?? "SIGKILL";
      const afterReady = random() < 0.6;
      const delayMs = random() * (afterReady ? LIFE_MS : START_MS);
      const { SCENECAST_LAUNCHER: _, ...inherited } = process.env;
      const options = ["--port", "0", "--gl-backend", "angle", "--size", "64x48"];
      const child = Bun.spawn(memory.command([...COMMAND, "view", model, ...options]), {
        env: {
          ...inherited,
          SCENECAST_TEST_MARK: mark,
          TMPDIR: temporary,
          XDG_RUNTIME_DIR: temporary,
        },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "ignore",
      });
      if (afterReady) await lines(child.stdout).next();
      await Bun.sleep(delayMs);
      child.kill(signal);
      await child.exited;
      const remaining = () => processesMarked(`SCENECAST_TEST_MARK=${mark}`);
      try {
        await until(() => remaining().length === 0, "its renderer ends");
        return [];
      } catch {
        const moment = `${Math.round(delayMs)} ms after its ${afterReady ? "ready line" : "start"}`;
        const processes = remaining();
        for (const { pid } of processes) process.kill(pid, "SIGKILL");
        return processes.map(({ command }) => `${signal} ${moment} left ${command}`);
      }
    }

    let next = 0;
    const worker = async () => {
      const leftovers: string[] = [];
      while (next < KILLS) leftovers.push(...(await startAndKill(next++)));
      return leftovers;
    };
    const leftovers = (await Promise.all(Array.from({ length: CONCURRENCY }, worker))).flat();
    expect(leftovers).toEqual([]);
    expect(memory.segments).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  },
  240_000,
);
