// scenecast in jobs of Debian's Slurm, seen through SSH from another computer.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, truncateSync } from "node:fs";
import { resolve } from "node:path";
import type { Page } from "playwright-core";
import { shellWord } from "../../src/util/shell-words.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { cornerObj } from "../support/model.ts";
import { COMMAND, remaining, segmentsOf, until } from "../support/scenecast.ts";
import { waitForMessage, waitForView } from "../web/page-assertions.ts";
import { clusterMissing, SlurmCluster } from "./slurm-cluster.ts";

setDefaultTimeout(90_000);

const missing = await clusterMissing();
const suffix = missing === "" ? "" : ` (skipped: ${missing})`;
const EXAMPLE = resolve(import.meta.dir, "../../examples/slurm/view.sbatch");

interface View {
  job: string;
  page: Page;
  renderer: number;
  segments: string[];
}

describe.skipIf(missing !== "")(`Slurm${suffix}`, () => {
  let cluster: SlurmCluster;
  let browser: TestBrowser;
  let model: string;

  beforeAll(async () => {
    cluster = await SlurmCluster.start();
    chmodSync(
      cluster.folder.write("bin/scenecast", `#!/bin/sh\nexec ${COMMAND.map(shellWord).join(" ")} "$@"\n`),
      0o755,
    );
    model = cluster.folder.write("corner.obj", cornerObj());
    const chromium = cluster.folder.write(
      "chromium",
      `#!/bin/sh\nexec ${cluster.laptop
        .command([process.env.CHROMIUM ?? "/usr/bin/chromium"])
        .map(shellWord)
        .join(" ")} "$@"\n`,
    );
    chmodSync(chromium, 0o755);
    browser = await launchBrowser({ executablePath: chromium });
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  /** Types the tunnel that a job of `view` prints on the laptop, and opens the page there. */
  async function open(tunnels: AsyncDisposableStack, job: string): Promise<View> {
    const hint = () => /From your own computer: (ssh .+?) {3}then open (\S+)/.exec(cluster.outputOf(job));
    await until(() => hint() !== null, `job ${job} prints its tunnel: ${cluster.outputOf(job)}`);
    const [, command = "", url = ""] = hint() ?? [];
    const tunnel = Bun.spawn(cluster.laptop.command(["sh", "-c", `exec ${command}`]), {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    tunnels.defer(async () => {
      tunnel.kill();
      await tunnel.exited;
    });
    await until(() => cluster.laptop.listensOn(Number(new URL(url).port)), `${command} listens`);
    const page = await browser.context.newPage();
    // Slurm checks time limits every 30 s, which is the default of this timeout.
    page.setDefaultTimeout(80_000);
    await page.goto(url);
    await waitForView(page);
    const renderer = await page.evaluate(async () => (await (await fetch("state")).json()).renderer.pid);
    return { job, page, renderer, segments: segmentsOf(renderer) };
  }

  async function expectEnd({ page, renderer, segments }: View, reason: string): Promise<void> {
    await waitForMessage(page, "The view has ended.");
    expect(await page.locator("#notice").textContent()).toContain(reason);
    await until(() => !isRunning(renderer), "the renderer has ended");
    expect(segments).not.toBeEmpty();
    await until(() => remaining(segments).length === 0, "the segments are removed");
  }

  test("the printed tunnel leads to a batch job's view, and its page says that the job was cancelled", async () => {
    await using tunnels = new AsyncDisposableStack();
    const view = await open(
      tunnels,
      cluster.submit(`exec scenecast view ${model} --size 64x48 --port 0 --token a-token-of-the-job`),
    );
    cluster.onLogin("scancel", view.job);
    await expectEnd(view, `The Slurm job ${view.job} was cancelled.`);
    // COMPLETING before.
    await until(() => cluster.stateOf(view.job).startsWith("CANCELLED"), "the job is cancelled");
  });

  test("the printed tunnel leads to the Unix socket of examples/slurm, and its page says that the job reached its time limit", async () => {
    await using tunnels = new AsyncDisposableStack();
    const view = await open(tunnels, cluster.submitFile(EXAMPLE, [], [model, "--size", "64x48"]));
    // Slurm checks the limits every 30 s, in whole minutes.
    cluster.onLogin("scontrol", "update", `JobId=${view.job}`, "EndTime=now");
    await expectEnd(view, `The Slurm job ${view.job} reached its time limit.`);
    await until(() => cluster.stateOf(view.job) === "TIMEOUT TimeLimit", "the job has ended");
    expect(existsSync(`/tmp/scenecast-${view.job}.sock`)).toBe(false);
  });

  test("a file that exceeds the memory of the job is refused, and shown as a sample with --fit", async () => {
    const points = 20_000_000;
    const header = `ply\nformat binary_little_endian 1.0\nelement vertex ${points}\nproperty float x\nproperty float y\nproperty float z\nend_header\n`;
    const file = cluster.folder.write("large.ply", header);
    // Sparse: all points are at 0.
    truncateSync(file, header.length + 12 * points);
    const render = `scenecast render ${file} -o ${cluster.folder.path}/large.png --size 64x48`;
    // srun by itself does not tell its programs the limit.
    const job = cluster.submit(`${render}; ${render} --fit; echo done`, "--mem=400");
    await until(() => cluster.outputOf(job).includes("done"), `job ${job} is done: ${cluster.outputOf(job)}`);
    const advice = "request more memory for the Slurm job, such as --mem=16G; --fit shows a sample";
    expect(cluster.outputOf(job)).toContain(`MB is free: ${advice}`);
    expect(cluster.outputOf(job)).toContain("an evenly spaced sample of");
  });

  test("srun --pty shows the view's messages, and Ctrl+C ends it", async () => {
    const srun = `srun --pty scenecast view ${model} --size 64x48 --port 0`;
    await using terminal = Bun.spawn(cluster.login.command(["script", "-qec", srun, "/dev/null"]), {
      env: { ...process.env, ...cluster.env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    let output = "";
    const decoder = new TextDecoder();
    for await (const chunk of terminal.stdout) {
      const before = output;
      output += decoder.decode(chunk, { stream: true });
      if (/Rendering with/.test(output) && !/Rendering with/.test(before)) {
        terminal.stdin.write("\x03");
        terminal.stdin.flush();
      }
    }
    expect(output).toContain("scenecast ready http://localhost:");
    expect(output).toMatch(/ssh -N -L \d+:localhost:\d+ -J root@login root@node1/);
    expect(await terminal.exited).toBe(0);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
