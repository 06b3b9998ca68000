import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { webServer } from "../../src/fury/web-server.ts";
import { Widget } from "../../src/fury/widget.ts";
import { startServer } from "../../src/page-server.ts";
import { TestRenderer } from "../encode/producers.ts";
import { MjpegClient, SocketClient } from "../server/clients.ts";
import { boxShow } from "../stream/box-show.ts";
import { freeTcpPort } from "../support/free-ports.ts";
import { RunningScenecast, runScenecast } from "../support/scenecast.ts";

let first: RunningScenecast;
let port: number;

beforeAll(async () => {
  first = await RunningScenecast.start(["serve", "--names", "-"], { stdin: "pipe" });
  port = Number(new URL(first.url).port);
});
afterAll(() => first[Symbol.asyncDispose]());

describe("a port that a scenecast process listens on", () => {
  test.each([
    ["view", ["view"]],
    ["serve", ["serve", "--names", "-"]],
  ])("a port in use is refused to a second %s with one sentence", async (_, args) => {
    const stderr = `scenecast: Port ${port} on localhost is in use by another program. Try --port ${port + 1}, or --port 0 for a free one.\n`;
    expect(await runScenecast([...args, "--port", String(port)])).toEqual({
      exitCode: 1,
      stdout: "",
      stderr,
    });
  });

  test.each(["localhost", "127.0.0.1", "0.0.0.0"])(
    "a port in use is refused to startServer on %s",
    async (host) => {
      const started = startServer({ port, host });
      await expect(started).rejects.toMatchObject({ code: "port-in-use" });
    },
  );

  test("a port in use is refused to webServer", async () => {
    using renderer = new TestRenderer();
    const { image_buffer_names, info_buffer_name } = renderer.names;
    const started = webServer({
      imageBufferNames: image_buffer_names,
      infoBufferName: info_buffer_name,
      port,
    });
    await expect(started).rejects.toMatchObject({ code: "port-in-use" });
  });

  test("a port in use makes a Widget use another port", async () => {
    const show = boxShow([160, 120]);
    const widget = new Widget(show, { port });
    const url = await widget.start();
    expect(Number(new URL(url).port)).not.toBe(port);
    expect((await fetch(url)).status).toBe(200);
    await widget.stop();
    show.dispose();
  });
});

test("a server killed with open connections can be restarted on its port", async () => {
  const port = freeTcpPort();
  const start = () => RunningScenecast.start(["serve", "--names", "-"], { port, stdin: "pipe" });
  const killed = await start();
  const stream = await MjpegClient.open(killed.url);
  const socket = await SocketClient.open(killed.url);
  const silent = connect(port, "127.0.0.1");
  await new Promise((resolve) => silent.once("connect", resolve));
  await killed.kill();
  await using restarted = await start();
  expect((await restarted.fetch("healthz")).status).toBe(200);
  stream.close();
  socket.close();
  silent.destroy();
});
