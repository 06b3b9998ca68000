import { getLogger } from "@logtape/logtape";
import { AcceptGate, type ListenAddress } from "../native/process.ts";
import { TokenBucket } from "../rtp/token-bucket.ts";

const log = getLogger(["scenecast", "server"]);

/** Interval of the file descriptor check, ms. Between two checks a flood of connections can use all but the reserve. */
const CHECK_MS = 200;

/** Stops accepting connections while no file descriptors are free, and logs a warning. New connections wait in the kernel's queue. */
export class DescriptorGuard implements Disposable {
  #gate: AcceptGate | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #warnings = new TokenBucket(1, 1 / 60);
  #accepts = true;

  /** `address`: where this process listens. */
  constructor(address: ListenAddress) {
    try {
      this.#gate = new AcceptGate(address);
      this.#timer = setInterval(() => this.#check(), CHECK_MS).unref();
    } catch (error) {
      log.debug`Connections are accepted without a check of the file descriptors: ${error}`;
    }
  }

  #check(): void {
    const accepts = this.#gate?.check() ?? true;
    if (accepts === this.#accepts) return;
    this.#accepts = accepts;
    if (!accepts && this.#warnings.take()) {
      log.warning`All file descriptors of this process are in use: new connections wait until others have closed. Raise the limit with ulimit -n.`;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#gate?.[Symbol.dispose]();
  }
}
