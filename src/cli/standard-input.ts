import { closeSync, mkdtempSync, openSync, rmdirSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { FORMATS, type FormatId } from "../formats/registry.ts";
import { CommandError, codeOf } from "./errors.ts";

/** Name of standard input on the command line. */
const STANDARD_INPUT = "-";

/**
 * Returns the absolute paths of the files of a command. Standard input is copied into a temporary file.
 *
 * @param format of standard input; default: detected by its content
 * @throws CommandError
 */
export async function resolveFiles(files: readonly string[], format?: FormatId): Promise<string[]> {
  const count = files.filter((file) => file === STANDARD_INPUT).length;
  if (count > 1) throw new CommandError("Standard input (-) can be only one of the files.", 2);
  if (count === 0 && format !== undefined) {
    throw new CommandError("--format is for standard input: give - as the file.", 2);
  }
  const paths: string[] = [];
  for (const file of files) {
    paths.push(file === STANDARD_INPUT ? await copyStandardInput(format) : resolve(file));
  }
  return paths;
}

/**
 * Copies standard input into a temporary file whose name is removed at once, so that it ends with this process however that ends. Its path
 * is that of the open file in /proc, which a renderer process can open too.
 */
async function copyStandardInput(format: FormatId | undefined): Promise<string> {
  if (process.stdin.isTTY) {
    throw new CommandError(
      "Nothing is piped into standard input: write for example cat bunny.obj | scenecast -",
      2,
    );
  }
  const extension = FORMATS.find(({ id }) => id === format)?.extensions[0];
  const folder = mkdtempSync(join(tmpdir(), "scenecast-"));
  const name = join(folder, extension === undefined ? "stdin" : `stdin.${extension}`);
  const fd = openSync(name, "wx+", 0o600);
  unlinkSync(name);
  rmdirSync(folder);
  try {
    for await (const chunk of Bun.stdin.stream()) {
      for (let written = 0; written < chunk.length; ) written += writeSync(fd, chunk, written);
    }
  } catch (error) {
    closeSync(fd);
    const advice = codeOf(error) === "ENOSPC" ? ": free some space, or set TMPDIR to a folder with more" : "";
    throw new CommandError(`Standard input cannot be copied to ${tmpdir()} (${codeOf(error)})${advice}.`);
  }
  return `/proc/${process.pid}/fd/${fd}`;
}
