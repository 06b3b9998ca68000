/** What a command throws to end with a sentence for the person at the keyboard; `exitCode` 2 is bad usage, 1 everything else. */
export class CommandError extends Error {
  override readonly name = "CommandError";

  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}

/** The longest error a command prints, in characters: what a terminal shows without scrolling (DESIGN, Commands). */
const MAX_MESSAGE = 600;

/** An error as one readable paragraph: no stack, no control characters (file names can hold any), bounded. */
export function describeError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  const printable = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return printable.length > MAX_MESSAGE ? `${printable.slice(0, MAX_MESSAGE - 1)}…` : printable;
}
