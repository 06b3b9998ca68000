import { existsSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freeTcpPort } from "../support/free-ports.ts";
import { PYTHON, PYTHON_SOURCES } from "../support/python-module.ts";
import { COMMAND } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

/** Whether Debian's jupyterhub and its proxy are installed. */
export const HAS_HUB: boolean = [
  "/usr/lib/python3/dist-packages/jupyterhub",
  "/usr/lib/python3/dist-packages/notebook",
  "/usr/bin/configurable-http-proxy",
].every((path) => existsSync(path));

/** The user that logs in. */
const USER = "ada";

/**
 * Debian's JupyterHub on a loopback port, with its configurable-http-proxy. It lets the user "ada" in with any password, and starts
 * Jupyter Notebook 6 for her, with programs/proxy_paths.py in place of jupyter-server-proxy.
 */
export class JupyterHub implements AsyncDisposable {
  readonly user = USER;

  private constructor(
    readonly folder: TemporaryDirectory,
    readonly process: Bun.Subprocess<"ignore", "ignore", "pipe">,
    readonly port: number,
  ) {}

  /** Starts it and waits until its proxy has the route to the hub. @throws Error with its output if it exits before */
  static async start(): Promise<JupyterHub> {
    const folder = new TemporaryDirectory();
    const home = join(folder.path, USER);
    await mkdir(home);
    const executable = folder.write("scenecast", `#!/bin/sh\nexec '${COMMAND.join("' '")}' "$@"\n`);
    await chmod(executable, 0o755);
    const [port, hubPort, apiPort] = [freeTcpPort(), freeTcpPort(), freeTcpPort()];
    const config = `
c.JupyterHub.bind_url = "http://127.0.0.1:${port}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:${hubPort}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:${apiPort}"
c.ConfigurableHTTPProxy.command = ["/usr/bin/configurable-http-proxy"]
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.cleanup_servers = True
c.SimpleLocalProcessSpawner.home_dir_template = "${folder.path}/{username}"
c.Spawner.cmd = ["${PYTHON}", "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root", '--NotebookApp.nbserver_extensions={"proxy_paths": True}']
c.Spawner.environment = {
    "JUPYTERHUB_SINGLEUSER_APP": "notebook.notebookapp.NotebookApp",
    "PYTHONPATH": "${PYTHON_SOURCES}:${join(import.meta.dir, "programs")}",
    "PYTHONDONTWRITEBYTECODE": "1",
    "SCENECAST_EXECUTABLE": "${executable}",
}
`;
    folder.write("config.py", config);
    const process_ = Bun.spawn([PYTHON, "-m", "jupyterhub", "-f", "config.py"], {
      cwd: folder.path,
      env: {
        ...{ PATH: "/usr/bin:/bin", HOME: folder.path, LANG: "C.UTF-8" },
        // Where Debian's proxy has its packages. Only Debian's own Node searches there by default.
        NODE_PATH: "/usr/share/nodejs",
      },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    const hub = new JupyterHub(folder, process_, port);
    const output = await hub.#outputUntil("JupyterHub is now running");
    if (output !== undefined) {
      folder[Symbol.dispose]();
      throw new Error(`Cannot start JupyterHub: ${output}`);
    }
    return hub;
  }

  /** Writes a file to the user's folder. */
  write(name: string, content: string): void {
    this.folder.write(join(USER, name), content);
  }

  /** The path of the login, which then starts the user's server and opens a notebook. */
  loginPath(name: string): string {
    const spawn = `/hub/spawn?${new URLSearchParams({ next: `/user/${USER}/notebooks/${name}` })}`;
    return `/hub/login?${new URLSearchParams({ next: spawn })}`;
  }

  /** Reads its output until it contains `text`, then the rest in the background. @returns the output if it has ended before */
  async #outputUntil(text: string): Promise<string | undefined> {
    const decoder = new TextDecoder();
    const reader = this.process.stderr.getReader();
    let output = "";
    while (!output.includes(text)) {
      const { done, value } = await reader.read();
      if (done) return output;
      output += decoder.decode(value, { stream: true });
    }
    void (async () => {
      while (!(await reader.read()).done);
    })();
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It ends the user's server and the proxy.
    this.process.kill();
    await this.process.exited;
    this.folder[Symbol.dispose]();
  }
}
