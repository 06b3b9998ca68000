/** A virtual X server (Xvfb), through which VTK renders; disposing it stops the server. */
export class XServer implements AsyncDisposable {
  readonly #process: Bun.Subprocess<"ignore", "pipe", "ignore">;

  private constructor(
    process: Bun.Subprocess<"ignore", "pipe", "ignore">,
    /** Value of DISPLAY. */
    readonly display: string,
  ) {
    this.#process = process;
  }

  /**
   * Starts a server with a display of its own, by the process ID: all servers would choose the first free number, and one that ends
   * removes the socket of another that has just taken its number.
   */
  static async start(): Promise<XServer> {
    const display = `:${1000 + (process.pid % 30_000)}`;
    const args = ["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"];
    const server = Bun.spawn(["Xvfb", display, ...args], { stdout: "pipe", stderr: "ignore" });
    // Written once the server accepts connections.
    const { done } = await server.stdout.getReader().read();
    if (done) throw new Error(`Xvfb did not start on ${display}.`);
    return new XServer(server, display);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
  }
}
