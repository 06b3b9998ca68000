import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { COMMAND, RunningScenecast, until } from "../support/scenecast.ts";

/** CPU time of a process, clock ticks. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

const descriptorsOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return socket;
}

test.each([64, 256])(
  "a server limited to %d file descriptors survives more connections than that",
  async (limit) => {
    const command = ["sh", "-c", `ulimit -n ${limit}; exec "$@"`, "sh", ...COMMAND];
    await using server = await RunningScenecast.start(["serve", "--names", "-"], { command, stdin: "pipe" });
    const port = Number(new URL(server.url).port);
    const sockets = await Promise.all(Array.from({ length: limit + 50 }, () => open(port)));
    // An incomplete request keeps its connection open longer than silence does.
    for (const socket of sockets) socket.write("GET /state HTTP/1.1\r\nHost: localhost\r\n");
    await until(
      () => server.stderr.includes("All file descriptors of this process are in use"),
      "it logs a message",
    );
    expect(descriptorsOf(server.pid)).toBeLessThan(limit);
    // The connection waits in the accept queue, and the server must be idle: a busy loop would use 100 ticks a second.
    const waiting = server.fetch("healthz");
    const before = ticksOf(server.pid);
    await Bun.sleep(1000);
    expect(ticksOf(server.pid) - before).toBeLessThan(30);
    for (const socket of sockets) socket.destroy();
    expect(await (await waiting).text()).toBe("ok\n");
    expect(server.stderr.match(/All file descriptors/g)).toHaveLength(1);
  },
);
