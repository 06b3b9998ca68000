import { expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import type { RendererCommand } from "../../src/protocol/commands.ts";
import { CommandChannel } from "../../src/server/renderer/command-channel.ts";
import { SocketClient } from "./clients.ts";

const TOKENS = { token: "a-token-that-may-steer", viewToken: "a-token-to-view-only" } as const;

/** An executor whose answers the test gives. */
class Renderer {
  readonly supports = ["pick", "reload"] as const;
  readonly #started: { command: RendererCommand; answer: (result: Record<string, unknown>) => void }[] = [];
  #onStart: () => void = () => {};

  execute = (command: RendererCommand): Promise<Record<string, unknown>> =>
    new Promise((resolve) => {
      this.#started.push({ command, answer: resolve });
      this.#onStart();
    });

  /** The next command that was not answered yet. */
  async next(): Promise<{ command: RendererCommand; answer: (result: Record<string, unknown>) => void }> {
    while (this.#started.length === 0)
      await new Promise<void>((resolve) => {
        this.#onStart = resolve;
      });
    const started = this.#started.shift();
    if (started === undefined) throw new Error("no command was started");
    return started;
  }
}

const question = (id: number, x: number, purpose?: "click") => ({
  ...{ type: "command", id },
  command: { type: "pick", x, y: 0.5, ...(purpose && { purpose }) },
});

test("one question of a viewer is in progress, and the newest one waits: it replaces those before", async () => {
  const renderer = new Renderer();
  await using server = await startServer({ port: 0, commands: renderer, ...TOKENS });
  const socket = await SocketClient.open(server.url, `ws?token=${TOKENS.viewToken}`);
  expect((await socket.next("hello")).commands).toEqual(["pick"]);
  socket.send(question(1, 0.1));
  const first = await renderer.next();
  for (const id of [2, 3, 4]) socket.send(question(id, id / 10));
  for (const id of [2, 3])
    expect(await socket.next("command-result")).toMatchObject({ id, error: { code: "too-many" } });
  first.answer({ layer: "a" });
  expect(await socket.next("command-result")).toEqual({
    type: "command-result",
    id: 1,
    result: { layer: "a" },
  });
  const last = await renderer.next();
  expect(last.command).toMatchObject({ x: 0.4 });
  last.answer({ layer: "b" });
  expect(await socket.next("command-result")).toMatchObject({ id: 4, result: { layer: "b" } });
  socket.close();
});

test("a click of a viewer who may not steer is no click for the program", async () => {
  const renderer = new Renderer();
  await using server = await startServer({ port: 0, commands: renderer, ...TOKENS });
  for (const [token, purpose] of [
    [TOKENS.viewToken, "hover"],
    [TOKENS.token, "click"],
  ]) {
    const socket = await SocketClient.open(server.url, `ws?token=${token}`);
    socket.send(question(1, 0.5, "click"));
    const { command, answer } = await renderer.next();
    expect(command).toEqual({ type: "pick", x: 0.5, y: 0.5, purpose } as RendererCommand);
    answer({});
    await socket.next("command-result");
    socket.close();
  }
});

test.each([
  ["NaN", { x: Number.NaN, y: 0.5 }],
  ["a place outside", { x: 0.5, y: 1.5 }],
  ["a text", { x: "0.5", y: 0.5 }],
  ["no place", {}],
  ["another purpose", { x: 0, y: 0, purpose: "delete" }],
])("a question with %s is refused, and the connection stays", async (_, place) => {
  await using server = await startServer({ port: 0, commands: new Renderer() });
  const socket = await SocketClient.open(server.url);
  socket.send({ type: "command", id: 1, command: { type: "pick", ...place } });
  expect(await socket.next("error")).toMatchObject({ code: "bad-message" });
  socket.send({ type: "ping", time: 1 });
  await socket.next("pong");
  socket.close();
});

test("a question does not wait for commands in progress, such as loads", async () => {
  const renderer = new Renderer();
  const channel = new CommandChannel(renderer);
  for (let i = 0; i < 16; i += 1) {
    void channel.execute({ type: "reload" }, "control");
    await renderer.next();
  }
  const asked = channel.execute({ type: "pick", x: 0, y: 0 }, "view");
  (await renderer.next()).answer({ layer: null });
  expect(await asked).toEqual({ result: { layer: null } });
});

test("GET /pick is 503 with the renderer's sentence if that cannot answer, and 404 without one", async () => {
  const loading = {
    supports: ["pick"] as const,
    execute: () => Promise.reject(new Error("The files are still being loaded.")),
  };
  for (const [commands, status, text] of [
    [loading, 503, "The files are still being loaded."],
    [undefined, 404, "not supported here"],
  ] as const) {
    await using server = await startServer({ port: 0, ...(commands && { commands }) });
    const response = await fetch(`${server.url}pick?x=0&y=1`);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(text);
  }
});

test("a program in the process of the server answers by itself", async () => {
  const asked: unknown[] = [];
  await using server = await startServer({
    port: 0,
    pick: (...question) => {
      asked.push(question);
      return { layer: null, facts: [] };
    },
  });
  const socket = await SocketClient.open(server.url);
  expect((await socket.next("hello")).commands).toEqual(["pick"]);
  socket.send(question(1, 0.25, "click"));
  expect(await socket.next("command-result")).toMatchObject({ id: 1, result: { layer: null } });
  expect(await (await fetch(new URL("pick?x=0.75&y=0.5", server.url))).json()).toEqual({
    layer: null,
    facts: [],
  });
  expect(asked).toEqual([
    [0.25, 0.5, "click"],
    [0.75, 0.5, "hover"],
  ]);
  socket.close();
});
