import { expect, setDefaultTimeout, test } from "bun:test";
import { FuryStreamClient, FuryStreamInteraction } from "../../src/fury/fury-stream.ts";
import { RTCServer } from "../../src/fury/rtc-server.ts";
import { webServer, webServerRawArray } from "../../src/fury/web-server.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { attachImages } from "../memory/kinds.ts";
import { eventually, SocketClient } from "../server/clients.ts";
import { boxShow } from "../stream/box-show.ts";
import { decodePng } from "../support/images.ts";
import { rgbOf } from "./rgb.ts";

// The first frame of a software driver is slow on a busy machine.
setDefaultTimeout(60_000);

/** A show streamed as FURY's programs do it: a client, an interaction, and a server for both. */
interface StreamedShow extends Disposable {
  client: FuryStreamClient<boolean>;
  interaction: FuryStreamInteraction<boolean>;
  serve(runApp: boolean): Promise<ScenecastServer>;
}

function inRawArrays(show: ShowManager): StreamedShow {
  const client = new FuryStreamClient(show);
  const interaction = new FuryStreamInteraction(show);
  const { imageBuffers, infoBuffer } = client.imageBufferManager;
  const { buffer: queueBuffer, headTailBuffer: queueHeadTailBuffer } = interaction.circularQueue.buffers;
  const memory = { imageBuffers, infoBuffer, queueBuffer, queueHeadTailBuffer };
  return streamed(client, interaction, (runApp) => webServerRawArray({ ...memory, port: 0, runApp }));
}

function inSharedMemory(show: ShowManager): StreamedShow {
  const client = new FuryStreamClient(show, { useRawArray: false });
  const interaction = new FuryStreamInteraction(show, { useRawArray: false });
  const { imageBufferNames, infoBufferName } = client.imageBufferManager;
  const { bufferName: queueBufferName, headTailBufferName: queueHeadTailBufferName } =
    interaction.circularQueue;
  const memory = { imageBufferNames, infoBufferName, queueBufferName, queueHeadTailBufferName };
  return streamed(client, interaction, (runApp) => webServer({ ...memory, port: 0, runApp }));
}

function streamed(
  client: FuryStreamClient<boolean>,
  interaction: FuryStreamInteraction<boolean>,
  serve: StreamedShow["serve"],
): StreamedShow {
  client.start();
  interaction.start();
  const end = () => {
    client.cleanup();
    interaction.cleanup();
  };
  return { client, interaction, serve, [Symbol.dispose]: end };
}

const KINDS = [
  { kind: "RawArrays", start: inRawArrays },
  { kind: "shared memory", start: inSharedMemory },
];

test.each(KINDS)(
  "the server of a show in $kind serves its snapshot, and a drag turns it",
  async ({ start }) => {
    using show = boxShow();
    using streams = start(show);
    await using server = await streams.serve(true);
    const snapshot = await (await fetch(new URL("snapshot.png", server.url))).bytes();
    expect(decodePng(snapshot).data).toEqual(show.snapshot().data);
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

test.each(KINDS)("a server for a show in $kind can be created without listening", async ({ start }) => {
  using show = boxShow();
  using streams = start(show);
  using server = await streams.serve(false);
  expect(server.state.frame).toMatchObject({ width: 64, height: 48 });
});

test.each(KINDS)("an RTCServer returns the frame of a show in $kind, and the next one", async ({ start }) => {
  using show = boxShow();
  using streams = start(show);
  using images = attachImages(streams.client.imageBufferManager);
  using rtc = new RTCServer(images);
  expect(await rtc.recv()).toMatchObject(rgbOf(show));
  show.scene.clear();
  const next = rtc.recv();
  show.render();
  expect(await next).toMatchObject(rgbOf(show));
});
