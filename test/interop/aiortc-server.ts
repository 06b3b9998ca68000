import { fileURLToPath } from "node:url";
import { lines } from "../support/lines.ts";
import { PYTHON } from "./fury-peer.ts";

const PROGRAM = fileURLToPath(new URL("programs/aiortc_server.py", import.meta.url));

/** An independent WebRTC server, see programs/aiortc_server.py, to test viewers and links without our own server. */
export class AiortcServer implements AsyncDisposable {
  readonly url: string;
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;

  private constructor(child: Bun.Subprocess<"pipe", "pipe", "inherit">, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(
    options: { size?: readonly [width: number, height: number]; fps?: number } = {},
  ): Promise<AiortcServer> {
    const child = Bun.spawn([PYTHON, PROGRAM, JSON.stringify(options)], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    const { value, done } = await lines(child.stdout).next();
    if (done) throw new Error("aiortc_server.py ended before it was ready");
    return new AiortcServer(child, (JSON.parse(value) as { url: string }).url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
  }
}
