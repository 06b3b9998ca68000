import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from "node:fs";

/**
 * A file that is written under a temporary name in the same directory, and renamed when it is complete. SIGKILL leaves the temporary file:
 * one without a name (O_TMPFILE) would vanish, but linkat can't replace an existing file, and network file systems do not have it.
 */
export class AtomicFile {
  /** Final path, with symbolic links resolved: a link is kept, and its target is replaced. */
  readonly #path: string;
  /** Temporary path; undefined for a pipe, a device, or a file in a directory that is not writable, which are written in place. */
  #temporary: string | undefined;
  readonly #fd: number;
  #isOpen = true;

  /** @throws the system's error if the file cannot be created */
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

  /** @param position offset in the file, bytes. Default: after what was written last */
  write(bytes: Uint8Array, position?: number): void {
    for (let written = 0; written < bytes.length; ) {
      const at = position === undefined ? null : position + written;
      written += writeSync(this.#fd, bytes, written, bytes.length - written, at);
    }
  }

  /** Gives the file its final name. */
  finish(): void {
    this.#close();
    if (this.#temporary !== undefined) renameSync(this.#temporary, this.#path);
    this.#temporary = undefined;
  }

  /** Removes the temporary file, unless it was renamed. */
  remove(): void {
    this.#close();
    if (this.#temporary !== undefined) rmSync(this.#temporary, { force: true });
    this.#temporary = undefined;
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }
}
