import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { lines } from "../support/lines.ts";
import { COMMAND, until } from "../support/scenecast.ts";
import { hasPython, PythonProducer } from "./python-producer.ts";
import { greyOf, type ServeState, segmentOptions, serveNames } from "./viewing-serve.ts";

const PROGRAM = join(import.meta.dir, "programs/serving_program.py");
const LAUNCHER = resolve(import.meta.dir, "../../scripts/launcher.mjs");
const isRunning = (pid: number) => existsSync(`/proc/${pid}`);

const { SCENECAST_LAUNCHER: _, ...inherited } = process.env;
/** Without the variable of the launcher of this test, with which processes would end; with the Bun that scenecast's launcher needs. */
const ENVIRONMENT = {
  ...inherited,
  PATH: `${resolve(import.meta.dir, "../../node_modules/.bin")}:${process.env.PATH}`,
  // Silences the resource tracker, which warns about the segments of a killed program.
  PYTHONWARNINGS: "ignore",
};

interface Ready {
  url: string;
  pid: number;
}

async function stateOf({ url }: Ready): Promise<ServeState> {
  return (await fetch(new URL("state", url))).json() as Promise<ServeState>;
}

/** Waits until the server has polled its producer at least twice more. */
async function afterTwoPolls(server: Ready): Promise<ServeState> {
  const { uptimeSeconds } = await stateOf(server);
  let state: ServeState;
  do {
    await Bun.sleep(50);
    state = await stateOf(server);
  } while (state.uptimeSeconds <= uptimeSeconds + 2.2);
  return state;
}

/** Starts a Python program that starts `scenecast serve` for its own frames, and waits until they are shown. */
async function startProgram(method: string, command: readonly string[]) {
  const program = Bun.spawn(["/usr/bin/python3", PROGRAM, method, ...command], {
    env: ENVIRONMENT,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const server: Ready = JSON.parse((await lines(program.stdout).next()).value ?? "");
  expect((await fetch(new URL("snapshot.png", server.url))).status).toBe(200);
  return { program, server };
}

describe.skipIf(!hasPython())(
  "the server that a Python program starts for its own frames (needs Python)",
  () => {
    test.each([
      ["fork", "SIGTERM", COMMAND],
      ["spawn", "SIGKILL", COMMAND],
      ["forkserver", "SIGKILL", COMMAND],
      ["widget", "SIGTERM", ["node", LAUNCHER]],
    ] as const)(
      "a server started by %s ends when the program receives %s",
      async (method, signal, command) => {
        const { program, server } = await startProgram(method, command);
        program.kill(signal);
        await program.exited;
        await until(() => !isRunning(server.pid), "the server ends");
      },
    );

    test("a server started by a program keeps running while the program is stopped, and ends when it is killed", async () => {
      const { program, server } = await startProgram("fork", COMMAND);
      program.kill("SIGSTOP");
      expect((await afterTwoPolls(server)).renderer.state).toBe("running");
      program.kill("SIGKILL");
      await program.exited;
      await until(() => !isRunning(server.pid), "the server ends");
    });
  },
);

test.skipIf(!hasPython())(
  "a server started by a shell in the background outlives the shell and the producer (needs Python)",
  async () => {
    await using producer = await PythonProducer.start("--grey", "80");
    const { image_buffer_names, info_buffer_name } = producer.names;
    const names = segmentOptions({ image_buffer_names, info_buffer_name });
    const serve = [...COMMAND, "serve", ...names, "--port", "0", "--json"];
    const shell = Bun.spawn(["sh", "-c", 'nohup "$0" "$@" </dev/null & wait', ...serve], {
      env: ENVIRONMENT,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    const server: Ready = JSON.parse((await lines(shell.stdout).next()).value ?? "");
    shell.kill("SIGKILL");
    await shell.exited;
    await producer.end("SIGKILL");
    expect((await afterTwoPolls(server)).renderer.state).toBe("gone");
    process.kill(server.pid, "SIGTERM");
    await until(() => !isRunning(server.pid), "the server ends");
  },
);

describe.skipIf(!hasPython())("serve --names - whose input has ended (needs Python)", () => {
  test("serve --names - without further input ends with 0 when the producer has ended", async () => {
    await using producer = await PythonProducer.start("--grey", "80");
    await using app = await serveNames();
    app.write(producer.line);
    expect(await greyOf(app)).toBe(80);
    app.process.stdin?.end();
    await producer.end("SIGKILL");
    const { exitCode, stderr } = await app.ended();
    expect(exitCode).toBe(0);
    expect(stderr).toContain("The program that wrote the frames has ended.");
  });

  test("serve --names - without further input ends with 1 and a message when the segments do not exist", async () => {
    await using app = await serveNames();
    app.write('{"image_buffer_names":["psm_none_a"],"info_buffer_name":"psm_none_b"}\n');
    app.process.stdin?.end();
    const { exitCode, stderr } = await app.ended();
    expect(exitCode).toBe(1);
    expect(stderr).toEndWith(
      "scenecast: The segments named on standard input do not exist, and it has ended.\n",
    );
  });
});
