import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { SocketClient } from "../server/clients.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

setDefaultTimeout(60_000);

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());

/** Its renderer still sends a message, here an error, when another one has taken its place. */
const MODULE = `import { writeSync } from "node:fs";
import { BoxGeometry, Mesh, MeshBasicMaterial } from "three";

export default (show) => {
  show.add(new Mesh(new BoxGeometry(), new MeshBasicMaterial()));
  return () => writeSync(1, JSON.stringify({ type: "module-error", error: "a late error" }) + "\\n");
};
`;

interface State {
  readonly renderer: { readonly state: string; readonly pid: number; readonly problem?: string };
}

test("after a reload, messages of the renderer that was replaced are ignored", async () => {
  const path = files.write("late.ts", MODULE);
  await using view = await RunningScenecast.start(["view", path, "--gl-backend", "angle", "--size", "64x48"]);
  const client = await SocketClient.open(view.url);
  await client.next("status", ({ renderer }) => renderer.state === "running");
  const before = (await view.state<State>()).renderer;
  client.send({ type: "command", id: 1, command: { type: "reload" } });
  // Sent when the old renderer has ended.
  expect((await client.next("command-result")).error).toBeUndefined();
  const { renderer } = await view.state<State>();
  expect(renderer.pid).not.toBe(before.pid);
  expect(renderer).toMatchObject({ state: "running" });
  expect(renderer.problem).toBeUndefined();
  client.close();
});
