import { expect, setDefaultTimeout, test } from "bun:test";
import { FuryStreamClient } from "../../src/fury/fury-stream-client.ts";
import { FuryStreamInteraction } from "../../src/fury/fury-stream-interaction.ts";
import { RTCServer } from "../../src/fury/rtc-server.ts";
import { webServer, webServerRawArray } from "../../src/fury/web-server.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { eventually, SocketClient } from "../server/clients.ts";
import { decodePng } from "../support/images.ts";
import { attachImages } from "./kinds.ts";
import { countObjects, threeSpheres } from "./three-spheres.ts";

// The first picture of a software driver takes long on a busy machine.
setDefaultTimeout(60_000);

/** A show on the air as FURY's programs put it there: the client, the interaction, and the server for both. */
interface OnAir extends Disposable {
  client: FuryStreamClient<boolean>;
  interaction: FuryStreamInteraction<boolean>;
  serve(runApp: boolean): Promise<ScenecastServer>;
}

function inRawArrays(show: ShowManager): OnAir {
  const client = new FuryStreamClient(show);
  const interaction = new FuryStreamInteraction(show);
  const { imageBuffers, infoBuffer } = client.imageBufferManager;
  const { buffer: queueBuffer, headTailBuffer: queueHeadTailBuffer } = interaction.circularQueue.buffers;
  const memory = { imageBuffers, infoBuffer, queueBuffer, queueHeadTailBuffer };
  return onAir(client, interaction, (runApp) => webServerRawArray({ ...memory, port: 0, runApp }));
}

function inSharedMemory(show: ShowManager): OnAir {
  const client = new FuryStreamClient(show, { useRawArray: false });
  const interaction = new FuryStreamInteraction(show, { useRawArray: false });
  const { imageBufferNames, infoBufferName } = client.imageBufferManager;
  const { bufferName: queueBufferName, headTailBufferName: queueHeadTailBufferName } =
    interaction.circularQueue;
  const memory = { imageBufferNames, infoBufferName, queueBufferName, queueHeadTailBufferName };
  return onAir(client, interaction, (runApp) => webServer({ ...memory, port: 0, runApp }));
}

function onAir(
  client: FuryStreamClient<boolean>,
  interaction: FuryStreamInteraction<boolean>,
  serve: OnAir["serve"],
): OnAir {
  client.start();
  interaction.start();
  const end = () => {
    client.cleanup();
    interaction.cleanup();
  };
  return { client, interaction, serve, [Symbol.dispose]: end };
}

const KINDS = [
  { kind: "RawArrays", putOnAir: inRawArrays },
  { kind: "shared memory", putOnAir: inSharedMemory },
];

test.each(KINDS)(
  "a show in $kind is seen in its server's page and turns when it is dragged there",
  async (of) => {
    using show = threeSpheres();
    using streams = of.putOnAir(show);
    await using server = await streams.serve(true);
    const snapshot = await (await fetch(new URL("snapshot.png", server.url))).bytes();
    expect(countObjects({ ...decodePng(snapshot), format: "rgba" })).toBe(3);
    const before = show.cameraState;
    const socket = await SocketClient.open(server.url);
    const mouse = { y: 0.5, ctrlKey: 0, shiftKey: 0, timestampInMs: 1 };
    socket.send({ type: "mouseLeftClick", on: 1, mouseButton: 0, x: 0.5, ...mouse });
    socket.send({ type: "mouseMove", x: 0.7, ...mouse });
    socket.send({ type: "mouseLeftClick", on: 0, mouseButton: 0, x: 0.7, ...mouse });
    await eventually(() => streams.interaction.applied === 3, "all three events were applied");
    expect(show.cameraState).not.toEqual(before);
    socket.close();
  },
);

test.each(KINDS)("a server for a show in $kind can be made without listening", async ({ putOnAir }) => {
  using show = threeSpheres();
  using streams = putOnAir(show);
  using server = await streams.serve(false);
  expect(server.state.frame).toMatchObject({ width: 100, height: 200 });
});

test.each(KINDS)("RTCServer returns the frame of a show in $kind, and the next one", async ({ putOnAir }) => {
  using show = threeSpheres();
  using streams = putOnAir(show);
  using images = attachImages(streams.client.imageBufferManager);
  using rtc = new RTCServer(images);
  expect(countObjects(await rtc.recv())).toBe(3);
  show.scene.remove(...show.scene.children.filter(({ position }) => position.x === 1));
  const next = rtc.recv();
  show.render();
  expect(countObjects(await next)).toBe(2);
});
