import { closeSync, openSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A temporary file without a name: the kernel removes it when all processes have closed it, however they end. */
export class NamelessFile {
  readonly fd: number;
  #isOpen = true;

  /** @throws the system's error if it cannot be created in the folder for temporary files */
  constructor() {
    const path = join(tmpdir(), `scenecast-${crypto.randomUUID()}`);
    this.fd = openSync(path, "wx+", 0o600);
    unlinkSync(path);
  }

  /** The content, for a response. A response that has begun is completed even if the file is closed meanwhile. */
  get content(): Blob {
    return Bun.file(`/proc/self/fd/${this.fd}`);
  }

  /** Idempotent. */
  close(): void {
    if (this.#isOpen) closeSync(this.fd);
    this.#isOpen = false;
  }
}
