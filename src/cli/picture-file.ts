import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { CommandError, codeOf } from "./errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Writes chunks to a file atomically, or to standard output for `-`. The file is renamed to its final name when it is complete: neither
 * an error nor a signal leaves a partial file or damages an existing one.
 *
 * @returns bytes written
 * @throws CommandError if the file cannot be written; errors of `chunks` unchanged
 */
export async function writePicture(
  output: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  let bytes = 0;
  if (output === "-") {
    const sink = Bun.stdout.writer();
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      sink.write(chunk);
      await sink.flush();
    }
    await sink.end();
    return bytes;
  }
  const file = attempt(output, () => new AtomicFile(output));
  const stop = (signal: NodeJS.Signals): void => {
    file.remove();
    for (const each of SIGNALS) process.off(each, stop);
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      attempt(output, () => file.write(chunk));
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

/**
 * A file that is written under a temporary name in the same directory, and renamed when it is complete. SIGKILL leaves the temporary file:
 * one without a name (O_TMPFILE) would vanish, but linkat can't replace an existing picture, and network file systems do not have it.
 */
class AtomicFile {
  /** Final path, with symbolic links resolved: a link is kept, and its target is replaced. */
  readonly #path: string;
  /** Temporary path; undefined for a pipe, a device, or a file in a directory that is not writable, which are written in place. */
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

  /** Removes the temporary file, unless it was renamed. */
  remove(): void {
    if (this.#temporary !== undefined) rmSync(this.#temporary, { force: true });
    this.#temporary = undefined;
  }
}
