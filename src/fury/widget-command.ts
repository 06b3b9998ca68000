import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { WidgetError } from "./widget-error.ts";

/** A program with its first arguments, and the folder to start it in. */
export interface Program {
  readonly words: readonly string[];
  readonly folder: string;
}

/**
 * How to run scenecast: its sources under the runtime that runs this program, or, where this library was compiled into
 * another program, the `scenecast` on the PATH.
 * @throws WidgetError "no-program"
 */
export function findScenecast(): Program {
  const main = join(dirname(import.meta.dir), "main.ts");
  // In a folder of its own: a bunfig.toml beside the user's program must not act on the server.
  if (existsSync(main)) return { words: [process.execPath, main], folder: dirname(main) };
  const onPath = Bun.which("scenecast");
  if (onPath !== null) return { words: [onPath], folder: "/" };
  throw new WidgetError(
    "The widget's server is the program scenecast, which is not on the PATH: put it into a folder of your PATH " +
      "(npm run build makes dist/scenecast).",
    "no-program",
  );
}

/** One line for a POSIX shell that runs these words. */
export function shellLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}
