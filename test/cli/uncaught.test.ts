import { expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { TestRenderer } from "../encode/producers.ts";
import { eventually, MjpegClient } from "../server/clients.ts";
import { COMMAND, RunningScenecast } from "../support/scenecast.ts";

setDefaultTimeout(60_000);

const FAILS = fileURLToPath(new URL("programs/fails-later.ts", import.meta.url));
const [bun = "", ...main] = COMMAND;

test("errors that nothing catches are told in a sentence, once each, and the server keeps its viewers", async () => {
  using renderer = new TestRenderer();
  const { image_buffer_names, info_buffer_name } = renderer.names;
  await using app = await RunningScenecast.start(
    ["serve", "--image-buffers", image_buffer_names.join(","), "--info-buffer", info_buffer_name],
    { command: [bun, "--preload", FAILS, ...main] },
  );
  renderer.writeGrey(1);
  const viewer = await MjpegClient.open(app.url);
  await viewer.next();
  await eventually(() => app.stderr.includes("rejected in the background"), "both are told");
  renderer.writeGrey(200);
  expect(await viewer.next()).not.toBeNull();
  viewer.close();
  await app.stop();
  const told = app.stderr.split("\n").filter((line) => line.includes("Something went wrong"));
  expect(told).toHaveLength(2);
  expect(told[0]).toMatch(
    /error: Something went wrong in scenecast, which goes on; please report it: Error: thrown in a timer \(at .*fails-later\.ts/,
  );
});
