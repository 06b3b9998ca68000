import { getLogger } from "@logtape/logtape";
import { AcceptGate } from "../native/accept-gate.ts";
import { Allowance } from "./limits.ts";

const log = getLogger(["scenecast", "server"]);

/** How often the descriptors are looked at, ms. Until then a flood of connections may take all but the reserve. */
const CHECK_MS = 200;

/** Keeps a server alive whose connections have taken all file descriptors: new ones wait, and its owner is told of it. */
export class DescriptorGuard implements Disposable {
  readonly #gate: AcceptGate | null;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #warnings = new Allowance(1, 1 / 60);
  #accepts = true;

  /** `port`: what this process listens on. */
  constructor(port: number) {
    this.#gate = openGate(port);
    if (this.#gate !== null) this.#timer = setInterval(() => this.#check(), CHECK_MS).unref();
  }

  #check(): void {
    const accepts = this.#gate?.check() ?? true;
    if (accepts === this.#accepts) return;
    this.#accepts = accepts;
    if (!accepts && this.#warnings.take()) {
      log.warning`All file descriptors of this process are taken: new connections wait until others have ended. More are allowed by ulimit -n.`;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#gate?.[Symbol.dispose]();
  }
}

function openGate(port: number): AcceptGate | null {
  try {
    return new AcceptGate(port);
  } catch (error) {
    log.debug`Connections are accepted without a look at the file descriptors: ${error}`;
    return null;
  }
}
