/**
 * Error that ends a command with a message for the user and an exit code: 2 for bad usage, 3 for an image without visible
 * objects under `render --strict`, 1 for everything else.
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

/** Exit code for an error that ends a command. By name, since a compiled command has its own copy of the class. */
export function exitCodeOf(error: unknown): number {
  return error instanceof Error && error.name === "CommandError" && "exitCode" in error
    ? Number(error.exitCode)
    : 1;
}

/** Maximum length of an error message, characters: a terminal shows it without scrolling. */
const MAX_MESSAGE_LENGTH = 600;

/** Describes an error in one line: no stack trace, no control characters, limited length. */
export function describeError(error: unknown): string {
  const text = printable(error instanceof Error ? error.message : String(error));
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : text;
}

/** The code of a system error, for example ENOENT; any other error as text. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

/** Removes control characters, which could act on a terminal. File names and the output of other programs may contain any. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}
