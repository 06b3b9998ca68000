import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { lines } from "../support/lines.ts";
import { cornerObj, largeObj } from "../support/model.ts";
import { until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const PROGRAM = join(import.meta.dir, "programs/supervised.ts");
const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());

interface Event {
  state?: string;
  pid?: number;
  exited?: string;
  failed?: string;
  halted?: { error: string; forViewers: string };
  reason?: string;
}

/** A process with a supervisor, which starts its renderer. */
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

  async next(accept: (event: Event) => boolean): Promise<Required<Event>> {
    // for await would close the iterator at the return.
    for (let line = await this.#lines.next(); !line.done; line = await this.#lines.next()) {
      const event = JSON.parse(line.value) as Required<Event>;
      if (event.pid) this.pids.add(event.pid);
      if (accept(event)) return event;
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
  test("a renderer that hangs while running is restarted, one that resumes after a pause is not", async () => {
    const limits = { silentMs: 1500, hungMs: 3000, noProgressMs: 60_000 };
    await using supervised = new Supervised(files.write("corner.obj", cornerObj()), limits);
    const first = await supervised.next(({ state }) => state === "running");
    process.kill(first.pid, "SIGSTOP");
    const notAnswering = await supervised.next(({ state }) => state === "not-answering");
    expect(notAnswering.reason).toBe("It will be restarted if it stays silent.");
    const { exited } = await supervised.next((event) => event.exited !== undefined);
    expect(exited).toMatch(/^The renderer stopped: it did not answer for \d+ s\. It is being restarted\.$/);
    const second = await supervised.next(({ state, pid }) => state === "running" && pid !== first.pid);
    expect(existsSync(`/proc/${first.pid}`)).toBe(false);

    process.kill(second.pid, "SIGSTOP");
    await supervised.next(({ state }) => state === "not-answering");
    process.kill(second.pid, "SIGCONT");
    const answered = await supervised.next(({ state }) => state === "running");
    expect(answered.pid).toBe(second.pid);
  });

  test("a renderer that hangs while loading is not restarted, and the message names the file", async () => {
    const file = files.write("large.obj", largeObj(20_000));
    await using supervised = new Supervised(file, { silentMs: 3000, hungMs: 30_000, noProgressMs: 500 });
    const { pid } = await supervised.next(({ state }) => state === "loading");
    process.kill(pid, "SIGSTOP");
    const { failed } = await supervised.next((event) => event.failed !== undefined);
    expect(failed).toMatch(/^large\.obj: loading hangs: \w+ made no progress for \d+ s\. /);
    await until(() => !existsSync(`/proc/${pid}`), "the renderer is killed");
    expect(supervised.pids).toEqual(new Set([pid]));
  });

  test("a scene module that does not return is stopped and not started again", async () => {
    const limits = { silentMs: 500, hungMs: 1500, noProgressMs: 60_000 };
    const endless = files.write("endless.ts", "export default () => { for (;;); };");
    await using loading = new Supervised(endless, limits);
    const { failed } = await loading.next((event) => event.failed !== undefined);
    expect(failed).toMatch(/\/endless\.ts: it did not answer for \d+ s, as in an endless loop$/);
    expect(loading.pids.size).toBe(1);
    const late = files.write(
      "late.ts",
      "export default (show) => { show.on('render', () => setTimeout(() => { for (;;); }, 200)); };",
    );
    // Its start takes seconds on a busy machine.
    await using running = new Supervised(late, { ...limits, hungMs: 6000 });
    const { reason } = await running.next(({ state }) => state === "not-answering");
    expect(reason).toBe("late.ts does not return; it will be stopped if it continues.");
    const { halted } = await running.next((event) => event.halted !== undefined);
    expect(halted.error).toMatch(/\/late\.ts: it did not answer for /);
    expect(halted.forViewers).toMatch(/^late\.ts: it did not answer for /);
    expect(running.pids.size).toBe(1);
  });

  test("a scene module that ends its process is not started more than three times in a row", async () => {
    const limits = { silentMs: 3000, hungMs: 30_000, noProgressMs: 60_000 };
    const path = files.write(
      "exits.ts",
      "export default (show) => { show.on('render', () => setTimeout(() => process.exit(7), 50)); };",
    );
    await using supervised = new Supervised(path, limits);
    const ends: string[] = [];
    const { halted } = await supervised.next(({ exited, halted }) => {
      if (exited !== undefined) ends.push(exited);
      return halted !== undefined;
    });
    expect(ends).toEqual(
      Array(2).fill("The renderer stopped: it ended with exit code 7. It is being restarted."),
    );
    expect(halted.forViewers).toBe("exits.ts: it ended with exit code 7");
  });
});
