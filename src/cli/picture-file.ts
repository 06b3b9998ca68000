import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { CommandError, codeOf } from "./errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Writes pieces to a file, or to standard output for `-`. The file appears under its name when all is written: neither an error nor
 * a signal leaves a part of it, or damages a file that was there.
 *
 * @returns bytes written
 * @throws CommandError if it cannot be written, or the error of `pieces`
 */
export async function writePicture(
  output: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  let bytes = 0;
  if (output === "-") {
    const sink = Bun.stdout.writer();
    for await (const piece of pieces) {
      bytes += piece.byteLength;
      sink.write(piece);
      await sink.flush();
    }
    await sink.end();
    return bytes;
  }
  const file = attempt(output, () => new UnfinishedFile(output));
  const stop = (signal: NodeJS.Signals): void => {
    file.remove();
    for (const each of SIGNALS) process.off(each, stop);
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    for await (const piece of pieces) {
      bytes += piece.byteLength;
      attempt(output, () => file.write(piece));
    }
    attempt(output, () => file.finish());
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    file.remove();
  }
  return bytes;
}

function attempt<T>(output: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new CommandError(`Cannot write the picture to ${output} (${codeOf(error)}).`);
  }
}

/** A file that is written beside its final name and then renamed. */
class UnfinishedFile {
  /** A symbolic link stays, and its target is replaced. */
  readonly #path: string;
  /** Undefined: a pipe or a device, or a file in a directory that is not writable; written in place. */
  #temporary: string | undefined;
  readonly #fd: number;

  constructor(output: string) {
    const status = statSync(output, { throwIfNoEntry: false });
    this.#path = status === undefined ? output : realpathSync(output);
    if (status === undefined || status.isFile()) {
      this.#temporary = `${this.#path}.${process.pid}.part`;
      try {
        this.#fd = openSync(this.#temporary, "wx", status === undefined ? 0o666 : status.mode & 0o777);
        return;
      } catch (error) {
        if (status === undefined) throw error;
        this.#temporary = undefined;
      }
    }
    this.#fd = openSync(this.#path, "w");
  }

  write(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#fd, bytes, written);
  }

  finish(): void {
    closeSync(this.#fd);
    if (this.#temporary !== undefined) renameSync(this.#temporary, this.#path);
    this.#temporary = undefined;
  }

  /** Removes what was written, unless it is finished. */
  remove(): void {
    if (this.#temporary !== undefined) rmSync(this.#temporary, { force: true });
    this.#temporary = undefined;
  }
}
