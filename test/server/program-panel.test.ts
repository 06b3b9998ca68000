import { describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { Panel } from "../../src/panel/panel.ts";
import type { RendererCommand } from "../../src/protocol/commands.ts";
import { SocketClient } from "./clients.ts";

/** A server with a program's panel, and what the program was called with. */
async function startWithPanel() {
  const panel = new Panel();
  const calls: unknown[] = [];
  const threshold = panel.number("Threshold", {
    min: 0,
    max: 1,
    value: 0.3,
    onChange: (value) => calls.push(value),
  });
  panel.text("Name", { onChange: (value) => calls.push(value) });
  const executed: RendererCommand[] = [];
  const server = await startServer({
    port: 0,
    viewToken: "a-token-to-view-only",
    panel,
    commands: { supports: ["reload"], execute: async (command) => void executed.push(command) },
  });
  return {
    ...{ panel, threshold, calls, executed, server },
    open: (token: string | undefined, viewer: string) =>
      SocketClient.open(server.url, `ws?token=${token}&viewer=${viewer}`),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** The answer to a `control` command. */
async function change(socket: SocketClient, id: number, control: string, value?: unknown) {
  socket.send({ type: "command", id, command: { type: "control", control, value } });
  const { error } = await socket.next("command-result", (result) => result.id === id);
  return error;
}

describe("a program's panel on a server", () => {
  test("is sent to every viewer; who may steer changes it beside the program's other commands, and who may not is refused", async () => {
    await using program = await startWithPanel();
    const { server, calls, executed } = program;
    const steering = await program.open(server.token, "viewer-that-steers");
    expect((await steering.next("hello")).commands).toEqual(["reload", "control"]);
    const { panel } = await steering.next("panel");
    expect(panel.program.map(({ name }) => name)).toEqual(["Threshold", "Name"]);
    const watching = await program.open(server.viewToken, "viewer-that-looks");
    expect((await watching.next("hello")).commands).toEqual([]);
    expect((await watching.next("panel")).panel).toEqual(panel);

    expect(await change(watching, 1, "Threshold", 0.5)).toMatchObject({ code: "may-not-steer" });
    expect(calls).toEqual([]);
    expect(await change(steering, 1, "Threshold", 0.5)).toBeUndefined();
    expect(calls).toEqual([0.5]);
    const values = { Threshold: 0.5 };
    expect(await watching.next("control-values")).toEqual({ type: "control-values", values });
    expect(await steering.next("control-values")).toEqual({ type: "control-values", values });

    // A viewer that comes later sees the present value.
    const late = await program.open(server.viewToken, "viewer-that-is-late");
    expect((await late.next("panel")).panel.program[0]).toMatchObject({ name: "Threshold", value: 0.5 });
    steering.send({ type: "command", id: 2, command: { type: "reload" } });
    expect((await steering.next("command-result")).error).toBeUndefined();
    expect(executed).toEqual([{ type: "reload" }]);
  });

  test("two viewers that change the same control end with the same value, the newest", async () => {
    await using program = await startWithPanel();
    const { server, calls, threshold } = program;
    const first = await program.open(server.token, "viewer-number-one");
    const second = await program.open(server.token, "viewer-number-two");
    const changes: Promise<unknown>[] = [];
    for (let step = 1; step <= 20; step++) {
      changes.push(change(step % 2 ? first : second, step, "Threshold", step / 20));
      await changes.at(-1);
    }
    expect(await Promise.all(changes)).toEqual(changes.map(() => undefined));
    expect(calls.at(-1)).toBe(1);
    expect(threshold.value).toBe(1);
    const isLast = ({ values }: { values: object }) => Bun.deepEquals(values, { Threshold: 1 });
    await first.next("control-values", isLast);
    await second.next("control-values", isLast);
  });

  test("hostile commands are refused with a sentence, the program is not called, and the socket stays", async () => {
    await using program = await startWithPanel();
    const { server, calls } = program;
    const socket = await program.open(server.token, "viewer-with-bad-will");
    expect(await change(socket, 1, "Volume", 1)).toEqual({
      code: "failed",
      message: "The program has no control of this name; it may have removed it.",
    });
    expect(await change(socket, 2, "constructor", 1)).toMatchObject({ code: "failed" });
    expect(await change(socket, 3, "Threshold", "0.5")).toEqual({
      code: "failed",
      message: '"Threshold" takes a number from 0 to 1; "0.5" is not one.',
    });
    expect(await change(socket, 4, "Threshold", 7)).toMatchObject({ code: "failed" });
    const refused = async (json: string) => {
      socket.send(json);
      return (await socket.next("error")).code;
    };
    const command = (value: string) =>
      `{"type":"command","id":9,"command":{"type":"control","control":"Threshold","value":${value}}}`;
    for (const value of ["1e999", "-1e999", "{}", "null", "[[1]]", `[${"1,".repeat(17)}1]`])
      expect(await refused(command(value))).toBe("bad-message");
    expect(await refused(command(JSON.stringify("x".repeat(5000))))).toBe("too-long");
    expect(await change(socket, 10, "Name", "x".repeat(3000))).toBeUndefined();
    expect(calls).toEqual(["x".repeat(3000)]);
  });

  test("controls that the program adds and removes reach the viewers; one that was removed while it is dragged is refused", async () => {
    await using program = await startWithPanel();
    const { server, threshold, panel } = program;
    const socket = await program.open(server.token, "viewer-that-drags");
    await socket.next("panel");
    expect(await change(socket, 1, "Threshold", 0.4)).toBeUndefined();
    threshold.remove();
    panel.button("Run");
    expect(await change(socket, 2, "Threshold", 0.5)).toEqual({
      code: "failed",
      message: "The program has no control of this name; it may have removed it.",
    });
    const { panel: shown } = await socket.next("panel");
    expect(shown.program.map(({ name }) => name)).toEqual(["Name", "Run"]);
  });

  test("descriptions that the owner sets keep the program's controls", async () => {
    await using program = await startWithPanel();
    const { server } = program;
    const socket = await program.open(server.token, "viewer-that-waits");
    await socket.next("panel");
    server.setPanel({ layers: [], view: [{ type: "boolean", name: "axes", label: "Axes" }], program: [] });
    const { panel } = await socket.next("panel");
    expect(panel.view).toHaveLength(1);
    expect(panel.program).toHaveLength(2);
  });
});
