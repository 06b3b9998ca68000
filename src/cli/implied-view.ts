import { existsSync } from "node:fs";
import type { Command } from "commander";

const GLOBAL_OPTIONS = ["-h", "--help", "-V", "--version"];

/** Inserts the default command: `scenecast FILE` becomes `scenecast view FILE`, also with options before the file. */
export function withImpliedView(program: Command, args: readonly string[]): string[] {
  const [first] = args;
  const isCommand = program.commands.some((command) => command.name() === first);
  if (first === undefined || isCommand || GLOBAL_OPTIONS.includes(first)) return [...args];
  const hasFile = args.some((arg) => !arg.startsWith("-") && existsSync(arg));
  return hasFile || resemblesPath(first) ? ["view", ...args] : [...args];
}

/** Whether the text has a directory or an extension. `view` then reports why the file cannot be shown. */
function resemblesPath(text: string): boolean {
  return !text.startsWith("-") && /\/|\.\w+$/.test(text);
}

/** Replaces commander's "unknown command" message, since the first word may be a file as well. Returns other messages unchanged. */
export function unknownCommandMessage(message: string): string {
  return message.replace(
    /^error: unknown command '(.*)'\n?(?:\((.*)\)\n?)?/s,
    (_, word: string, hint?: string) =>
      `There is no command and no file "${word}". ${hint ? `${hint} ` : ""}scenecast --help lists the commands; scenecast FILE shows a file.\n`,
  );
}
