import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { WidgetError } from "./widget-error.ts";

/** A program with its first arguments, and its working directory. */
export interface Program {
  readonly argv: readonly string[];
  readonly folder: string;
}

/**
 * The command of scenecast: its sources with the runtime of this program, or, if this library was compiled into another
 * program, the `scenecast` on the PATH.
 * @throws WidgetError "no-program"
 */
export function findScenecast(): Program {
  const main = join(dirname(import.meta.dir), "main.ts");
  // Not in the user's working directory: a bunfig.toml there must not affect the server.
  if (existsSync(main)) return { argv: [process.execPath, main], folder: dirname(main) };
  const onPath = Bun.which("scenecast");
  if (onPath !== null) return { argv: [onPath], folder: "/" };
  throw new WidgetError(
    "The widget's server is the program scenecast, which is not on the PATH: put it into a folder on your PATH " +
      "(npm run build makes dist/scenecast).",
    "no-program",
  );
}

/** The command line of these arguments for a POSIX shell. */
export function shellLine(argv: readonly string[]): string {
  return argv
    .map((argument) =>
      /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`,
    )
    .join(" ");
}
