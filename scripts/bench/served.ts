/** What the bench reads of `/state`. */
interface State {
  renderer: { state: string; pid: number; renders: number };
}

/** A running `scenecast view` or `scenecast serve`. */
export class Served implements AsyncDisposable {
  readonly #process: Bun.Subprocess<"ignore", "pipe", "ignore">;
  readonly url: string;

  private constructor(process_: Bun.Subprocess<"ignore", "pipe", "ignore">, url: string) {
    this.#process = process_;
    this.url = url;
  }

  /** Starts it on a free port and waits for the ready line; `args` begin with the command. */
  static async start(executable: string, args: readonly string[]): Promise<Served> {
    const process_ = Bun.spawn([executable, ...args, "--port", "0", "--json"], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    const reader = process_.stdout.getReader();
    const { value } = await reader.read();
    if (!value) throw new Error("scenecast ended before it was ready.");
    const { url } = JSON.parse(new TextDecoder().decode(value)) as { url: string };
    return new Served(process_, url);
  }

  get pid(): number {
    return this.#process.pid;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async state(): Promise<State> {
    return (await (await fetch(new URL("state", this.url))).json()) as State;
  }

  /** Waits until the first frame is there and a second has passed in which nothing was rendered. */
  async atRest(): Promise<void> {
    for (let before = -1, tries = 0; tries < 30; tries++) {
      const { renderer } = await this.state();
      if (renderer.state === "running" && renderer.renders === before) return;
      before = renderer.renders;
      await Bun.sleep(1000);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.exited;
  }
}
