import { describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { COMMAND_ROLES, type RendererCommand } from "../../src/protocol/commands.ts";
import { CommandChannel } from "../../src/server/renderer/command-channel.ts";
import { TestRenderer } from "../encode/producers.ts";
import { eventually, SocketClient } from "./clients.ts";

const CAMERA: RendererCommand = {
  type: "camera",
  camera: { position: [0, 0, 5], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 },
};

const COMMAND_TYPES = [
  "reload",
  "cancel",
  "camera",
  "resize",
  "slices",
  "layer",
  "order",
  "focus",
  "scene",
  "play",
  "control",
] as const;

describe("the command channel", () => {
  test("every command requires the role that may steer, except for the question what is under the pointer", async () => {
    const executed: RendererCommand[] = [];
    const channel = new CommandChannel({
      supports: ["reload", "camera", "resize"],
      execute: async (command) => void executed.push(command),
    });
    const control = Object.fromEntries(COMMAND_TYPES.map((type) => [type, "control"]));
    expect(COMMAND_ROLES).toEqual({ ...control, pick: "view" } as typeof COMMAND_ROLES);
    expect(channel.allowed("control")).toEqual(["reload", "camera", "resize"]);
    expect(channel.allowed("view")).toEqual([]);
    expect(await channel.execute({ type: "reload" }, "view")).toMatchObject({
      error: { code: "may-not-steer" },
    });
    expect(executed).toEqual([]);
    expect(await channel.execute(CAMERA, "control")).toEqual({});
    expect(executed).toEqual([CAMERA]);
  });

  test("the message of an executor's error becomes that of the result", async () => {
    const channel = new CommandChannel({
      supports: ["reload"],
      execute: () => Promise.reject(new Error("part.stl: not an STL file.")),
    });
    expect(await channel.execute({ type: "reload" }, "control")).toEqual({
      error: { code: "failed", message: "part.stl: not an STL file." },
    });
  });

  test("commands beyond sixteen in progress are refused until one has finished", async () => {
    const started: (() => void)[] = [];
    const channel = new CommandChannel({
      supports: ["reload"],
      execute: () => new Promise((resolve) => started.push(resolve)),
    });
    const running = Array.from({ length: 16 }, () => channel.execute({ type: "reload" }, "control"));
    expect(await channel.execute({ type: "reload" }, "control")).toMatchObject({
      error: { code: "too-many" },
    });
    started[0]?.();
    expect(await running[0]).toEqual({});
    const next = channel.execute({ type: "reload" }, "control");
    for (const finish of started) finish();
    expect(await next).toEqual({});
  });
});

describe("a server's commands", () => {
  test("a viewer that may steer is offered the commands, and each is answered with its id", async () => {
    const executed: RendererCommand[] = [];
    const server = await startServer({
      port: 0,
      viewToken: "a-token-to-view-only",
      commands: { supports: ["reload", "camera"], execute: async (command) => void executed.push(command) },
    });
    try {
      const socket = await SocketClient.open(server.url, `ws?token=${server.token}`);
      expect((await socket.next("hello")).commands).toEqual(["reload", "camera"]);
      socket.send({ type: "command", id: 7, command: CAMERA });
      expect(await socket.next("command-result")).toEqual({
        type: "command-result",
        id: 7,
      });
      socket.send({ type: "command", id: 8, command: { type: "resize", width: 64, height: 48 } });
      expect(await socket.next("command-result")).toMatchObject({
        id: 8,
        error: { code: "not-supported" },
      });
      expect(executed).toEqual([CAMERA]);

      const viewer = await SocketClient.open(server.url, `ws?token=${server.viewToken}`);
      expect((await viewer.next("hello")).commands).toEqual([]);
      viewer.send({ type: "command", id: 1, command: { type: "reload" } });
      expect(await viewer.next("command-result")).toMatchObject({
        id: 1,
        error: { code: "may-not-steer" },
      });
    } finally {
      await server.stop();
    }
  });

  test("a camera is not set or moved to a layer while another viewer drags; a reload is accepted", async () => {
    const executed: string[] = [];
    const server = await startServer({
      port: 0,
      commands: {
        supports: ["reload", "camera", "focus"],
        execute: async ({ type }) => void executed.push(type),
      },
    });
    using renderer = new TestRenderer();
    try {
      server.attach(renderer.names);
      renderer.writeGrey(70);
      await eventually(() => server.state.frame !== null, "the frame is detected");
      const dragging = await SocketClient.open(server.url, "ws?viewer=viewer-that-drags");
      const position = { x: 0.5, y: 0.5, ctrlKey: 0, shiftKey: 0, timestampInMs: 1 };
      dragging.send({ type: "mouseLeftClick", on: 1, mouseButton: 0, ...position });
      await eventually(() => !renderer.queue.isEmpty, "the press is in the queue");
      const other = await SocketClient.open(server.url, "ws?viewer=viewer-that-waits");
      other.send({ type: "command", id: 1, command: CAMERA });
      other.send({ type: "command", id: 2, command: { type: "reload" } });
      other.send({ type: "command", id: 3, command: { type: "focus", layer: "surface" } });
      const next = () => other.next("command-result");
      const results = [await next(), await next(), await next()];
      const refused = { code: "another-steers" as const, message: expect.any(String) };
      expect(results.toSorted((a, b) => a.id - b.id)).toEqual([
        { type: "command-result", id: 1, error: refused },
        { type: "command-result", id: 2 },
        { type: "command-result", id: 3, error: refused },
      ]);
      expect(executed).toEqual(["reload"]);
    } finally {
      await server.stop();
    }
  });
});
