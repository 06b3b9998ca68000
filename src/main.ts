#!/usr/bin/env bun
import { CommanderError } from "commander";
import { describeError, exitCodeOf } from "./cli/errors.ts";
import { buildProgram, parseArguments } from "./cli/program.ts";
import { NativeLibraryError } from "./native/errors.ts";

try {
  await exitWithLauncher();
  const program = buildProgram();
  await parseArguments(program, process.argv.slice(2));
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed the message. Its exit code is 0 for --help and --version; everything else is bad usage.
    process.exit(error.exitCode === 0 ? 0 : 2);
  }
  process.stderr.write(`scenecast: ${describeError(error)}\n`);
  process.exit(exitCodeOf(error));
}

/**
 * Ends this process when the launcher of the npm package ends, since the launcher cannot forward a SIGKILL. Does nothing if this
 * process was not started by the launcher.
 */
async function exitWithLauncher(): Promise<void> {
  const launcher = process.ppid;
  if (process.env.SCENECAST_LAUNCHER !== String(launcher)) return;
  try {
    const { dieWithParent } = await import("./native/process.ts");
    if (!dieWithParent(launcher)) process.exit(1);
  } catch (error) {
    // Commands that need the native library report its absence themselves; doctor and --help work without it.
    if (!(error instanceof NativeLibraryError)) throw error;
  }
}
