import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { lines } from "../support/lines.ts";
import { until } from "../support/scenecast.ts";

const LAUNCHER = resolve(import.meta.dir, "../../scripts/launcher.mjs");

test("scenecast started by the npm launcher ends when the program named in SCENECAST_LAUNCHER is killed", async () => {
  // A shell that starts the launcher with its own pid in SCENECAST_LAUNCHER, and stays its parent.
  const program = Bun.spawn(
    [
      "sh",
      "-c",
      `SCENECAST_LAUNCHER=$$ node '${LAUNCHER}' view --port 0 --json --log-level warning --gl-backend angle & wait`,
    ],
    {
      env: {
        ...process.env,
        PATH: `${resolve(import.meta.dir, "../../node_modules/.bin")}:${process.env.PATH}`,
      },
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  let server = 0;
  for await (const line of lines(program.stdout)) {
    server = JSON.parse(line).pid;
    break;
  }
  const launcher = Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${server}/status`, "utf8"))?.[1]);
  expect(readFileSync(`/proc/${launcher}/cmdline`, "utf8")).toContain("launcher.mjs");
  program.kill("SIGKILL");
  await program.exited;
  await until(() => [launcher, server].every((pid) => !existsSync(`/proc/${pid}`)), "both end");
});
