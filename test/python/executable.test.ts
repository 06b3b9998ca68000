// The Python module starts the executable, turns every failure into one sentence, and leaves no process behind.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { PythonModuleProgram } from "../support/python-module.ts";
import { COMMAND, until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

interface Case {
  executable?: string;
  path?: string;
  command?: string;
  arguments?: readonly string[];
  options?: Readonly<Record<string, unknown>>;
}

interface Server {
  url: string;
  pid: number;
  view_url: string | null;
}

const alive = (pid: number) => existsSync(`/proc/${pid}`);

/** The header of an ELF executable for an IBM S/390. */
const FOREIGN_ELF = new Uint8Array(256).fill(0);
FOREIGN_ELF.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1, 0]);
FOREIGN_ELF.set([0, 2, 0, 22], 16);

describe("the executable under Python", () => {
  let folder: TemporaryDirectory;
  let executable: string;

  beforeAll(async () => {
    folder = new TemporaryDirectory();
    executable = await program("scenecast", `#!/bin/sh\nexec '${COMMAND.join("' '")}' "$@"\n`);
  });
  afterAll(() => folder[Symbol.dispose]());

  /** Writes an executable file. */
  async function program(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(folder.path, name);
    await Bun.write(path, content);
    await chmod(path, 0o755);
    return path;
  }

  async function failures(cases: readonly Case[]): Promise<(string | null)[]> {
    const all = cases.map((one) => ({ command: "view", ...one }));
    await using python = PythonModuleProgram.start("start_executable.py", JSON.stringify(all));
    return await python.next();
  }

  test("every failure to start is an exception with a sentence", async () => {
    using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const foreign = await program("foreign", FOREIGN_ELF);
    const loaderless = await program("loaderless", "#!/no/such/loader\n");
    const crashing = await program("crashing", "#!/bin/sh\necho 'Illegal instruction' >&2\nkill -ILL $$\n");
    const silent = await program("silent", "#!/bin/sh\nexit 7\n");
    const other = await program("other", "#!/bin/sh\necho Hello\nexec /bin/sleep 1000\n");
    const found = await failures([
      { path: `${folder.path}/nowhere` },
      { executable: "/no/such/file" },
      { executable: foreign },
      { executable: loaderless },
      { executable: crashing },
      { executable: silent },
      { executable: other },
      { executable, arguments: ["/no/such.obj"] },
      { executable, options: { port: listener.port } },
      { executable, options: { size: [0, 720] } },
      { executable, arguments: ["a\0b"] },
    ]);
    expect(found.map((message) => message?.replaceAll(folder.path, "…"))).toEqual([
      expect.stringMatching(/^There is no scenecast executable beside this module or on the PATH\. Install/),
      "SCENECAST_EXECUTABLE is /no/such/file, which is not an executable file.",
      expect.stringMatching(/^Cannot start …\/foreign: it is not a program for this machine \(\w+\)\.$/),
      expect.stringMatching(/^Cannot start …\/loaderless: .*its dynamic loader is missing here\.$/),
      "scenecast did not start: it was ended by SIGILL. Illegal instruction",
      "scenecast did not start: it ended with exit code 7.",
      "…/other is not scenecast: its first line is 'Hello'.",
      "scenecast did not start: /no/such.obj: there is no such file",
      expect.stringMatching(/^scenecast did not start: Port \d+ on localhost is in use by another program\./),
      expect.stringMatching(/--size.*Each side must be from 1 to 8192 pixels\.$/),
      expect.stringMatching(/^Cannot start …\/scenecast: embedded null byte\.$/),
    ]);
  });

  test("a child of an ended executable that keeps its output open does not delay the exception", async () => {
    // The pipe is held by a process that lives until this test ends it.
    const pidFile = join(folder.path, "orphan.pid");
    const orphaning = await program(
      "orphaning",
      `#!/bin/sh\n/bin/sleep 1000 &\necho $! > '${pidFile}'\necho 'scenecast: no room' >&2\nexit 1\n`,
    );
    try {
      expect(await failures([{ executable: orphaning }])).toEqual(["scenecast did not start: no room"]);
    } finally {
      process.kill(Number(readFileSync(pidFile, "utf8")));
    }
  });

  test("an executable on the PATH is found", async () => {
    expect(
      await failures([{ path: `/no/such/folder:${folder.path}:/usr/bin:/bin`, options: { port: 0 } }]),
    ).toEqual([null]);
  });

  test("the server outlives the thread that started it and a fork of its program, and close() ends it", async () => {
    await using python = PythonModuleProgram.start("keep_server.py");
    const server = await python.next<Server>();
    expect((await fetch(server.url)).status).toBe(200);
    expect(server.view_url).toMatch(/token=/);
    // Other users of the machine can read the command line.
    const commandLine = readFileSync(`/proc/${server.pid}/cmdline`, "utf8");
    expect(commandLine).toContain("--json");
    expect(commandLine).not.toContain("secret-token");
    python.send("close");
    expect(await python.next()).toEqual({ before: false, after: true });
    expect(await python.ended()).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(alive(server.pid)).toBeFalse();
  });

  test("the server ends with a Python program that is killed", async () => {
    await using python = PythonModuleProgram.start("keep_server.py");
    const server = await python.next<Server>();
    process.kill(python.pid, "SIGKILL");
    await until(() => !alive(server.pid), "the server ends");
    await expect(fetch(server.url)).rejects.toThrow();
  });
});
