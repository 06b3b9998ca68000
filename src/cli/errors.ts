/**
 * Ends a command with a message for the user and an exit code: 2 for bad usage, 3 for an empty picture under
 * `render --strict`, 1 for everything else.
 */
export class CommandError extends Error {
  override readonly name = "CommandError";

  constructor(
    message: string,
    readonly exitCode: 1 | 2 | 3 = 1,
  ) {
    super(message);
  }
}

/** The longest error a command prints, in characters: what a terminal shows without scrolling (DESIGN, Commands). */
const MAX_MESSAGE = 600;

/** An error as one readable paragraph: no stack, no control characters, bounded. */
export function describeError(error: unknown): string {
  const text = printable(error instanceof Error ? error.message : String(error));
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 1)}…` : text;
}

/** Text without what could act on a terminal: names of files and what other programs print may hold anything. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}
