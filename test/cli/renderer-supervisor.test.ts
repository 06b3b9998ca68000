import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { lines } from "../server/clients.ts";
import { cornerObj, largeObj } from "../support/model.ts";
import { until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const PROGRAM = join(import.meta.dir, "programs/supervised.ts");
const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());

interface Said {
  state?: string;
  pid?: number;
  exited?: string;
  failed?: string;
  reason?: string;
}

/** A supervisor and its renderer, in processes of their own. */
class Supervised implements AsyncDisposable {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncGenerator<string>;
  readonly pids = new Set<number>();

  constructor(file: string, limits: object) {
    this.#process = Bun.spawn([process.execPath, PROGRAM, file, JSON.stringify(limits)], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#lines = lines(this.#process.stdout);
  }

  async next(accept: (said: Said) => boolean): Promise<Required<Said>> {
    // for await would close the iterator at the return.
    for (let line = await this.#lines.next(); !line.done; line = await this.#lines.next()) {
      const said = JSON.parse(line.value) as Required<Said>;
      if (said.pid) this.pids.add(said.pid);
      if (accept(said)) return said;
    }
    throw new Error("The supervisor ended.");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    await this.#process.exited;
    await until(() => ![...this.pids].some((pid) => existsSync(`/proc/${pid}`)), "its renderers end");
  }
}

describe("a renderer that hangs", () => {
  test("while running is killed and restarted; one that recovers from a pause is not", async () => {
    const limits = { silentMs: 1500, hungMs: 3000, noProgressMs: 60_000 };
    await using supervised = new Supervised(files.write("corner.obj", cornerObj()), limits);
    const first = await supervised.next(({ state }) => state === "running");
    process.kill(first.pid, "SIGSTOP");
    const silent = await supervised.next(({ state }) => state === "not-answering");
    expect(silent.reason).toBe("It will be restarted if it stays silent.");
    const { exited } = await supervised.next((said) => said.exited !== undefined);
    expect(exited).toMatch(/^The renderer stopped: it did not answer for \d+ s\. It is being restarted\.$/);
    const second = await supervised.next(({ state, pid }) => state === "running" && pid !== first.pid);
    expect(existsSync(`/proc/${first.pid}`)).toBe(false);

    process.kill(second.pid, "SIGSTOP");
    await supervised.next(({ state }) => state === "not-answering");
    process.kill(second.pid, "SIGCONT");
    const answered = await supervised.next(({ state }) => state === "running");
    expect(answered.pid).toBe(second.pid);
  });

  test("while loading ends with a message that names the file, and is not restarted", async () => {
    const file = files.write("large.obj", largeObj(20_000));
    await using supervised = new Supervised(file, { silentMs: 3000, hungMs: 30_000, noProgressMs: 500 });
    const { pid } = await supervised.next(({ state }) => state === "loading");
    process.kill(pid, "SIGSTOP");
    const { failed } = await supervised.next((said) => said.failed !== undefined);
    expect(failed).toMatch(/^large\.obj: loading hangs: \w+ made no progress for \d+ s\. /);
    await until(() => !existsSync(`/proc/${pid}`), "the renderer is killed");
    expect(supervised.pids).toEqual(new Set([pid]));
  });
});
