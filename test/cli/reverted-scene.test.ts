import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { unlinkSync } from "node:fs";
import { DocumentHistory } from "../../src/cli/document-history.ts";
import { documentOf } from "../../src/document/document-layers.ts";
import { SocketClient } from "../server/clients.ts";
import { cornerObj } from "../support/model.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());

test("a scene that renderers cannot show again is left for the one before it, and viewers see why", async () => {
  const first = files.write("first.obj", cornerObj());
  const second = files.write("second.obj", cornerObj());
  const options = ["--gl-backend", "mesa", "--size", "160x120", "--root", files.path];
  await using view = await RunningScenecast.start(["view", first, ...options]);
  const client = await SocketClient.open(view.url);
  await client.next("status", ({ renderer }) => renderer.state === "running");
  const command = async (id: number, patch: object) => {
    client.send({ type: "command", id, command: { type: "scene", patch } });
    return (await client.next("command-result", (result) => result.id === id)).error;
  };
  const layers = [
    { id: "first", file: "first.obj" },
    { id: "second", file: "second.obj" },
  ];
  expect(await command(1, { layers })).toBeUndefined();
  unlinkSync(second);
  const { renderer } = await view.state<{ renderer: { pid: number } }>();
  process.kill(renderer.pid, "SIGKILL");
  const { renderer: status } = await client.next(
    "status",
    ({ renderer: now }) => now.state === "running" && now.problem !== undefined,
  );
  expect(status).toMatchObject({
    problem: "The last change of the scene made the renderer fail; the scene before it is shown again.",
  });
  const scene = (await (await view.fetch("scene")).json()) as { layers: object[] };
  expect(scene.layers).toEqual([{ id: "first", file: "first.obj", kind: "mesh" }]);
  expect(await command(2, { view: { axes: true } })).toBeUndefined();
  const other = await SocketClient.open(view.url);
  expect((await other.next("status")).renderer).toEqual({ state: "running" });
  other.close();
  client.close();
});

test("only the second crash with a changed document goes back to the one before", () => {
  const [first, second] = [documentOf([{ path: "/a" }]), documentOf([{ path: "/b" }])];
  const history = new DocumentHistory(first);
  expect(history.onCrash(2)).toBeUndefined();
  history.accept(first, performance.now());
  expect(history.onCrash(1)).toBeUndefined();
  expect(history.onCrash(2)).toBe(first);
  expect(history.onCrash(3)).toBeUndefined();
  // The first document was shown for more than five seconds before the second was accepted.
  history.accept(first, performance.now() - 6000);
  history.accept(second, performance.now() - 6000);
  expect(history.onCrash(2)).toBe(first);
});

test("a document that is watched is shown again when its file changes, also with other files", async () => {
  files.write("watched.obj", cornerObj());
  files.write("other.obj", cornerObj());
  const write = (layers: readonly object[]) =>
    files.write("watched.scenecast.json", JSON.stringify({ version: 1, layers }));
  const path = write([{ file: "watched.obj" }]);
  const options = ["--watch", "--gl-backend", "mesa", "--size", "160x120"];
  await using view = await RunningScenecast.start(["view", path, ...options]);
  const client = await SocketClient.open(view.url);
  await client.next("panel");
  write([{ file: "watched.obj", color: "red" }, { file: "other.obj" }]);
  const { document } = await client.next("scene", (message) => JSON.stringify(message).includes("red"));
  expect(document).toMatchObject({
    layers: [
      { id: "watched", color: "red" },
      { id: "other", file: "other.obj" },
    ],
  });
  client.close();
});
