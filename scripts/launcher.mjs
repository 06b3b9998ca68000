#!/usr/bin/env node
// The `scenecast` command of the npm package, for Node and Bun. Runs the executable of the platform package; if that is not installed,
// runs the TypeScript sources with Bun if there is one.
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

/** The Bun next to the bunx that started this launcher, or else the one on the PATH. */
function findBun() {
  const candidates = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "bun"));
  const runner = process.env.npm_execpath ?? "";
  // bunx and bun are the same binary.
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
  // SCENECAST_LAUNCHER makes the program end when this process does, even by SIGKILL.
  const env = { ...process.env, SCENECAST_LAUNCHER: String(process.pid) };
  const child = spawn(program, args, { stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  exitWithParent(child);
  child.on("error", (error) => {
    process.stderr.write(`scenecast: Cannot start ${program}: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + system.signals[signal]));
}

/** Ends the program when the parent process does, if the parent has requested that by SCENECAST_LAUNCHER. */
function exitWithParent(child) {
  const parent = process.ppid;
  if (process.env.SCENECAST_LAUNCHER !== String(parent)) return;
  // Polls, because Node cannot receive a signal when its parent ends.
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
