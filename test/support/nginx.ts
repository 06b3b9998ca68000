import { TemporaryDirectory } from "./temporary-directory.ts";

const PROGRAM = Bun.which("nginx", { PATH: `${process.env.PATH}:/usr/sbin` });

/** Why tests with nginx are skipped; empty if it is installed. */
export const nginxMissing: string = PROGRAM === null ? "nginx is not installed" : "";

/** An nginx process with its own configuration and folder; disposing ends and removes both. */
export class Nginx implements AsyncDisposable {
  readonly #folder: TemporaryDirectory;
  readonly #process: Bun.Subprocess<"ignore", "ignore", "pipe">;

  private constructor(folder: TemporaryDirectory, process_: Bun.Subprocess<"ignore", "ignore", "pipe">) {
    this.#folder = folder;
    this.#process = process_;
  }

  /**
   * Starts it and waits until it answers at `url`.
   * @param configuration a whole nginx.conf with "http {"
   */
  static async start(configuration: string, url: string): Promise<Nginx> {
    const folder = new TemporaryDirectory();
    const file = folder.write(
      "nginx.conf",
      `pid ${folder.path}/nginx.pid;\nerror_log stderr;\n${
        // As this user: workers of another could not open a Unix socket of mode 0600.
        process.getuid?.() === 0 ? "user root;\n" : ""
      }${configuration.replace(
        "http {",
        `http {\n  access_log off;\n  client_body_temp_path ${folder.path}/body;\n  proxy_temp_path ${folder.path}/proxy;`,
      )}`,
    );
    const process_ = Bun.spawn([PROGRAM ?? "nginx", "-c", file, "-p", folder.path, "-g", "daemon off;"], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    const nginx = new Nginx(folder, process_);
    for (;;) {
      const isUp = await fetch(url, { tls: { rejectUnauthorized: false } }).then(
        () => true,
        () => false,
      );
      if (isUp) return nginx;
      // It reports no event when it listens.
      await Bun.sleep(20);
      if (process_.exitCode === null) continue;
      const output = await new Response(process_.stderr).text();
      await nginx[Symbol.asyncDispose]();
      throw new Error(`nginx ended: ${output}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
    this.#folder[Symbol.dispose]();
  }
}
