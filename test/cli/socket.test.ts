import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { Socket } from "node:net";
import { cornerObj } from "../support/model.ts";
import { RunningScenecast, runUntilReady, until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { expectRefusal } from "./refusals.ts";

const folder = new TemporaryDirectory();
afterAll(() => folder[Symbol.dispose]());
const model = folder.write("corner.obj", cornerObj());
const VIEW = ["view", model, "--size", "64x48"];

describe("view --socket", () => {
  test("it serves on the socket, which only its user can open, and removes it when it ends, also after its renderer was killed", async () => {
    const path = `${folder.path}/view.sock`;
    await using app = await RunningScenecast.start([...VIEW, "--socket", path]);
    expect(app.socket).toBe(path);
    expect(app.url).toBe("http://localhost/");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const renderer = async () =>
      (
        await app.state<{ renderer: { state: string; pid: number } }>(
          ({ renderer }) => renderer.state === "running",
        )
      ).renderer.pid;
    expect((await app.fetch("snapshot.png")).headers.get("content-type")).toBe("image/png");
    const first = await renderer();
    process.kill(first, "SIGKILL");
    await app.state<{ renderer: { pid: number } }>(({ renderer }) => renderer.pid !== first);
    expect((await app.stop()).exitCode).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test("the socket of a killed server is replaced, and that of a running one is not", async () => {
    const path = `${folder.path}/again.sock`;
    await using killed = await RunningScenecast.start(["serve", "--names", "-", "--socket", path], {
      stdin: "pipe",
    });
    await killed.kill();
    expect(existsSync(path)).toBe(true);
    await using app = await RunningScenecast.start(["serve", "--names", "-", "--socket", path], {
      stdin: "pipe",
    });
    await expectRefusal(
      ["serve", "--names", "-", "--socket", path],
      1,
      `Another program listens on ${path}.`,
    );
    expect((await app.fetch("healthz")).status).toBe(200);
  });

  test("the ready line names the socket, and standard error the tunnel to it", async () => {
    const path = `${folder.path}/a name.sock`;
    const { stdout, stderr } = await runUntilReady(
      ["serve", "--names", "-", "--socket", path, "--token", "a-token-of-the-view"],
      {
        SSH_CONNECTION: "192.0.2.1 50000 192.0.2.9 22",
        USER: "ann",
      },
    );
    expect(stdout).toBe(`scenecast ready http://localhost/?token=a-token-of-the-view on ${path}\n`);
    expect(stderr).toContain(
      `ssh -N -L '8000:${path}' ann@192.0.2.9   then open http://localhost:8000/?token=a-token-of-the-view`,
    );
  });

  test("a full queue of connections is not taken for a socket without a server", async () => {
    const path = `${folder.path}/stopped.sock`;
    await using app = await RunningScenecast.start(["serve", "--names", "-", "--socket", path], {
      stdin: "pipe",
    });
    app.process.kill("SIGSTOP");
    await until(
      () => /^State:\tT/m.test(readFileSync(`/proc/${app.pid}/status`, "utf8")),
      "the server has stopped",
    );
    const waiting: Socket[] = [];
    try {
      for (let refused = false; !refused; ) {
        const socket = new Socket();
        waiting.push(socket);
        refused = await new Promise<boolean>((settle) =>
          socket
            .once("connect", () => settle(false))
            .once("error", () => settle(true))
            .connect(path),
        );
      }
      await expectRefusal(
        ["serve", "--names", "-", "--socket", path],
        1,
        `Another program listens on ${path}.`,
      );
    } finally {
      app.process.kill("SIGCONT");
      for (const socket of waiting) socket.destroy();
    }
  });
});

describe("invalid sockets", () => {
  const open = `${folder.path}/open`;
  mkdirSync(open);
  chmodSync(open, 0o777);
  test.each([
    [model, 1, `${model} exists and is not a socket`],
    [`${folder.path}/none/view.sock`, 1, `There is no folder ${folder.path}/none for the socket.`],
    [`${model}/view.sock`, 1, `${model}, the folder of the socket, is not a folder.`],
    [`${open}/view.sock`, 1, "All users of this machine can replace files"],
    [`${folder.path}/${"x".repeat(100)}`, 1, "Linux allows 107"],
  ] as [string, 1 | 2, string][])(
    "--socket %p ends with exit code %d and one sentence",
    async (path, code, message) => {
      await expectRefusal(["view", "--socket", path], code, message);
    },
  );

  test.each(["--port=8000", "--host=0.0.0.0", "--open", `--tls-cert=${model}`])(
    "--socket cannot be combined with %s",
    async (option) => {
      const args = ["view", "--socket", `${folder.path}/x.sock`, option];
      await expectRefusal(args, 2, "cannot be used with option");
    },
  );
});
