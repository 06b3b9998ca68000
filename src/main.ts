#!/usr/bin/env bun
import { CommanderError } from "commander";
import { CommandError, describeError } from "./cli/errors.ts";
import { withImpliedView } from "./cli/implied-view.ts";
import { exitWithLauncher } from "./cli/launcher.ts";
import { buildProgram } from "./cli/program.ts";

try {
  await exitWithLauncher();
  const program = buildProgram();
  await program.parseAsync(withImpliedView(program, process.argv.slice(2)), { from: "user" });
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed the message. Its exit code is 0 for --help and --version; everything else is bad usage.
    process.exit(error.exitCode === 0 ? 0 : 2);
  }
  process.stderr.write(`scenecast: ${describeError(error)}\n`);
  process.exit(error instanceof CommandError ? error.exitCode : 1);
}
