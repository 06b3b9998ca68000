import { existsSync } from "node:fs";
import type { Command } from "commander";

const HELP = ["-h", "--help", "-V", "--version"];

/** The arguments as commander takes them: `scenecast FILE` is `scenecast view FILE`, also with options before the file. */
export function withImpliedView(program: Command, args: readonly string[]): string[] {
  const [first] = args;
  const isCommand = program.commands.some((command) => command.name() === first);
  if (first === undefined || isCommand || HELP.includes(first)) return [...args];
  const hasFile = args.some((arg) => !arg.startsWith("-") && existsSync(arg));
  return hasFile || looksLikePath(first) ? ["view", ...args] : [...args];
}

/** Whether it has a folder or an extension: `view` then says what is wrong with the file. */
function looksLikePath(text: string): boolean {
  return !text.startsWith("-") && /\/|\.\w+$/.test(text);
}

/** Commander's message about a word that is no command, for a program whose first word may be a file too; in one line. */
export function unknownCommandSentence(message: string): string {
  return message.replace(
    /^error: unknown command '(.*)'\n?(?:\((.*)\)\n?)?/s,
    (_, word: string, hint?: string) =>
      `There is no command and no file "${word}". ${hint ? `${hint} ` : ""}scenecast --help lists the commands; scenecast FILE shows a file.\n`,
  );
}
