import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { AcceptGate, setListenerOptions } from "../../src/native/process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { nextLine, startFixture } from "./processes.ts";

const OPTIONS = { notSentLowat: 16384, deadMs: 20_000 };

test("listener options are set on the listeners of the port only", () => {
  const first = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("ok") });
  const second = Bun.serve({ hostname: "::1", port: 0, fetch: () => new Response("ok") });
  try {
    expect(setListenerOptions(first.port ?? 0, OPTIONS)).toBe(1);
    expect(setListenerOptions(second.port ?? 0, OPTIONS)).toBe(1);
  } finally {
    first.stop(true);
    second.stop(true);
  }
  expect(setListenerOptions(1, OPTIONS)).toBe(0);
  expect(() => setListenerOptions(0, OPTIONS)).toThrow("port 0, 16384 bytes or 20000 ms is out of range.");
});

test("an accept gate finds the listener of a port or a Unix socket, and no other", () => {
  using folder = new TemporaryDirectory();
  const socket = `${folder.path}/gate.sock`;
  const onSocket = Bun.serve({ unix: socket, fetch: () => new Response("ok") });
  const onPort = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("ok") });
  try {
    for (const address of [{ socket }, { port: onPort.port ?? 0 }]) {
      using gate = new AcceptGate(address);
      expect(gate.check()).toBe(true);
    }
    expect(() => new AcceptGate({ socket: `${socket}2` })).toThrow(`no event loop listens on ${socket}2`);
    expect(() => new AcceptGate({ port: 1 })).toThrow("no event loop listens on port 1");
  } finally {
    onSocket.stop(true);
    onPort.stop(true);
  }
});

test("a process with dieWithParent dies with its parent, even if that is killed", async () => {
  const parent = startFixture("parent-of-dependent.ts", []);
  const pid = Number(await nextLine(parent.lines));
  const lifeline = Bun.spawn(["tail", `--pid=${pid}`, "-f", "/dev/null"]);
  process.kill(pid, 0);
  parent.child.kill("SIGKILL");
  await lifeline.exited;
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("dieWithParent reports that the process that started this one is no longer its parent", async () => {
  const { child } = startFixture("dependent.ts", ["1"]);
  expect(await child.exited).toBe(1);
});

test("a hanging process ends after its standard input was closed, and its segments are removed", async () => {
  const { child, lines } = startFixture("hung-program.ts", []);
  const segment = `/dev/shm/${await nextLine(lines)}`;
  child.kill("SIGTERM");
  expect(existsSync(segment)).toBe(true);
  child.stdin.end();
  expect(await child.exited).toBe(1);
  expect(existsSync(segment)).toBe(false);
});
