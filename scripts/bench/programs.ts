/** Runs of programs that render, ours and others. */

export const VIRTUAL_DISPLAY = ":91";

/** Wall time, s, and peak memory, MB, of a program that renders one image. */
export interface Run {
  readonly seconds: number;
  readonly megabytes: number;
}

export async function run(command: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const started = performance.now();
  const child = Bun.spawn([...command], {
    env: { ...process.env, ...env },
    stdout: "ignore",
    stderr: "pipe",
  });
  const [status, errors] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`${command.join(" ")} failed:\n${errors}`);
  return { seconds, megabytes: (child.resourceUsage()?.maxRSS ?? Number.NaN) / 1e6 };
}

/** An Xvfb server (X virtual framebuffer), which f3d and ParaView need. */
export class VirtualDisplay implements AsyncDisposable {
  readonly #server = Bun.spawn(["Xvfb", VIRTUAL_DISPLAY, "-screen", "0", "1920x1080x24"], {
    stderr: "ignore",
  });
  /** Resolves when the server accepts connections. */
  readonly ready = (async () => {
    const socket = `/tmp/.X11-unix/X${VIRTUAL_DISPLAY.slice(1)}`;
    for (let tries = 0; tries < 100 && !(await Bun.file(socket).exists()); tries++) await Bun.sleep(50);
  })();

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.kill();
    await this.#server.exited;
  }
}
