import { existsSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PYTHON, PYTHON_SOURCES } from "../support/python-module.ts";
import { COMMAND } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

/** Whether Debian's jupyter-notebook and its Python kernel are installed. */
export const HAS_NOTEBOOK =
  existsSync(PYTHON) &&
  ["notebook", "ipykernel"].every((name) => existsSync(`/usr/lib/python3/dist-packages/${name}`));

/** The content of a notebook with one Python cell. */
export function notebookWithCell(code: string): string {
  return JSON.stringify({
    cells: [{ cell_type: "code", execution_count: null, metadata: {}, outputs: [], source: code }],
    metadata: { kernelspec: { name: "python3", display_name: "Python 3 (ipykernel)", language: "python" } },
    nbformat: 4,
    nbformat_minor: 4,
  });
}

/** Debian's jupyter-notebook on a loopback port, with temporary folders and the module `scenecast` of the sources. */
export class JupyterNotebook implements AsyncDisposable {
  readonly #folder: TemporaryDirectory;
  readonly #process: Bun.Subprocess<"ignore", "ignore", "pipe">;
  /** URL of the server, with a slash at its end. */
  readonly url: string;
  readonly #token: string;

  private constructor(
    folder: TemporaryDirectory,
    process_: Bun.Subprocess<"ignore", "ignore", "pipe">,
    url: string,
    token: string,
  ) {
    this.#folder = folder;
    this.#process = process_;
    this.url = url;
    this.#token = token;
  }

  /** Starts it and waits until it listens. @throws Error with its output if it exits before */
  static async start(): Promise<JupyterNotebook> {
    const folder = new TemporaryDirectory();
    const token = crypto.randomUUID();
    const bin = join(folder.path, "bin");
    await mkdir(join(folder.path, "notebooks"));
    await Bun.write(join(bin, "scenecast"), `#!/bin/sh\nexec '${COMMAND.join("' '")}' "$@"\n`);
    await chmod(join(bin, "scenecast"), 0o755);
    const process_ = Bun.spawn(
      [
        ...[PYTHON, "-m", "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1"],
        ...["--port=18888", "--port-retries=100", `--notebook-dir=${join(folder.path, "notebooks")}`],
      ],
      {
        env: {
          PATH: "/usr/bin:/bin",
          PYTHONPATH: PYTHON_SOURCES,
          PYTHONDONTWRITEBYTECODE: "1",
          SCENECAST_EXECUTABLE: join(bin, "scenecast"),
          HOME: folder.path,
          JUPYTER_CONFIG_DIR: join(folder.path, "config"),
          JUPYTER_DATA_DIR: join(folder.path, "data"),
          JUPYTER_RUNTIME_DIR: join(folder.path, "runtime"),
          IPYTHONDIR: join(folder.path, "ipython"),
          JUPYTER_TOKEN: token,
          LANG: "C.UTF-8",
        },
        stdin: "ignore",
        stdout: "ignore",
        stderr: "pipe",
      },
    );
    const [address, output] = await firstAddress(process_.stderr);
    if (address === undefined) {
      folder[Symbol.dispose]();
      throw new Error(`Cannot start jupyter-notebook: ${output}`);
    }
    return new JupyterNotebook(folder, process_, address, token);
  }

  /** Writes a file to the folder of the notebooks. */
  write(name: string, content: string): void {
    this.#folder.write(join("notebooks", name), content);
  }

  /** Writes a notebook with one Python cell. @returns the URL that opens it */
  notebook(name: string, code: string): string {
    this.write(name, notebookWithCell(code));
    return this.urlOf(name);
  }

  /** The URL that opens a notebook. */
  urlOf(name: string): string {
    return `${this.url}notebooks/${name}?token=${this.#token}`;
  }

  /** The id of the kernel of a notebook. */
  async kernelOf(name: string): Promise<string> {
    const sessions = (await (await this.request("GET", "api/sessions")).json()) as {
      path: string;
      kernel: { id: string };
    }[];
    return sessions.find(({ path }) => path === name)?.kernel.id ?? "";
  }

  /** Converts a notebook by nbconvert. @returns path of the result */
  async convert(name: string, to: "html" | "latex"): Promise<string> {
    const folder = join(this.#folder.path, "notebooks");
    const command = [PYTHON, "-m", "nbconvert", "--to", to, name];
    const child = Bun.spawn(command, { cwd: folder, stdout: "ignore", stderr: "pipe" });
    const stderr = await new Response(child.stderr).text();
    if ((await child.exited) !== 0) throw new Error(`nbconvert failed: ${stderr}`);
    return join(folder, name.replace(/ipynb$/, to === "html" ? "html" : "tex"));
  }

  /** Sends a request to its REST interface. */
  async request(method: "GET" | "POST" | "DELETE", path: string): Promise<Response> {
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: { authorization: `token ${this.#token}` },
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}.`);
    return response;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The first SIGTERM shuts down the kernels without confirmation.
    this.#process.kill();
    await this.#process.exited;
    this.#folder[Symbol.dispose]();
  }
}

/** The URL in its output, since it may listen on another port than requested, and the output. Reads the rest in the background. */
async function firstAddress(stream: ReadableStream<Uint8Array>): Promise<[string | undefined, string]> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let output = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return [undefined, output];
    output += decoder.decode(value, { stream: true });
    const address = /http:\/\/127\.0\.0\.1:\d+\//.exec(output)?.[0];
    if (address === undefined) continue;
    void (async () => {
      while (!(await reader.read()).done);
    })();
    return [address, output];
  }
}
