#!/usr/bin/env node
// The `scenecast` command of the npm package, for Node and Bun alike. It runs the executable of the platform
// package; where that is not installed it runs the TypeScript sources, when a Bun is at hand.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { constants as system } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const platformPackage = `@scenecast/${process.platform}-${process.arch}`;
const sources = join(dirname(dirname(fileURLToPath(import.meta.url))), "src", "main.ts");

function findExecutable() {
  try {
    const require = createRequire(import.meta.url);
    return join(dirname(require.resolve(`${platformPackage}/package.json`)), "scenecast");
  } catch {
    return undefined;
  }
}

/** The Bun beside the bunx that started this launcher, or else the one on the PATH. */
function findBun() {
  const candidates = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "bun"));
  const runner = process.env.npm_execpath ?? "";
  // bunx and bun are one binary that acts by its name.
  if (basename(runner).startsWith("bun"))
    candidates.unshift(join(dirname(runner), basename(runner).replace("bunx", "bun")));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function run(program, args) {
  // By SCENECAST_LAUNCHER the program knows that it has to end when this process does, even by SIGKILL.
  const env = { ...process.env, SCENECAST_LAUNCHER: String(process.pid) };
  const child = spawn(program, args, { stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  followParent(child);
  child.on("error", (error) => {
    process.stderr.write(`scenecast: ${program} could not be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + system.signals[signal]));
}

/** Ends the program when whoever started this launcher has asked for that by SCENECAST_LAUNCHER, and is gone. */
function followParent(child) {
  const parent = process.ppid;
  if (process.env.SCENECAST_LAUNCHER !== String(parent)) return;
  // Node cannot ask the kernel to tell it.
  setInterval(() => process.ppid === parent || child.kill("SIGTERM"), 250);
}

const executable = findExecutable();
if (executable) {
  run(executable, process.argv.slice(2));
} else if (process.versions.bun) {
  await import(sources);
} else {
  const bun = findBun();
  if (bun) {
    run(bun, [sources, ...process.argv.slice(2)]);
  } else {
    process.stderr.write(
      `scenecast: the package ${platformPackage} is not installed; install it with npm, or start scenecast with bunx.\n`,
    );
    process.exit(1);
  }
}
