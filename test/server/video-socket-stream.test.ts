import { describe, expect, test } from "bun:test";
import { decodeVp8, lumaOf } from "../support/vp8-decoder.ts";
import { eventually } from "./clients.ts";
import { FrameClient } from "./frame-client.ts";
import { servedView } from "./served-view.ts";

const view = servedView({ attach: () => {} });

const VIEWER = "viewer-of-this-test";

const open = (options: { acknowledges?: boolean; viewer?: string } = {}) =>
  FrameClient.open(view.server.url, { ...options, encoding: "video" });

/** Waits until a client has received frame `number`, and checks that it decodes to this grey. */
async function expectFrame(client: FrameClient, number: number, grey: number): Promise<void> {
  await eventually(() => client.numbers.at(-1) === number, `frame ${number} is received`);
  const decoded = decodeVp8(client.frames.map(({ payload }) => payload));
  expect(decoded).not.toContain(null);
  expect(Math.abs((decoded.at(-1)?.luma ?? Number.NaN) - lumaOf(grey))).toBeLessThan(6);
}

describe("video on /ws", () => {
  test("a request for video is answered with a keyframe of the current frame, and then with every new one", async () => {
    view.renderer.writeGrey(40);
    const client = await open();
    await expectFrame(client, 1, 40);
    for (const [index, grey] of [80, 120, 160].entries()) {
      view.renderer.writeGrey(grey);
      await expectFrame(client, index + 2, grey);
    }
    expect(client.frames.map(({ header }) => [header.format, header.keyframe])).toEqual([
      ["vp8", true],
      ...Array(3).fill(["vp8", false]),
    ]);
    expect(view.server.state.viewers).toMatchObject([
      { transport: "video", frames: 4, skipped: 0, width: 64, height: 48 },
    ]);
    expect(view.server.state.viewers[0]?.rttMs).toBeGreaterThan(0);
    client.close();
  });

  test("a video frame's header has its rendering time and the newest event that it shows", async () => {
    view.renderer.images.write(8, 6, new Uint8Array(8 * 6 * 4), { eventTimestamp: 12345, renderMs: 7.5 });
    const client = await open();
    const { header } = await client.waitForFrame(() => true, "a frame");
    expect(header).toMatchObject({
      qualityLevel: 0,
      still: false,
      lossless: false,
      keyframe: true,
      frame: 1,
    });
    expect(header).toMatchObject({ width: 8, height: 6, eventMs: 12345, renderMs: 7.5 });
    expect(header.sentAtMs).toBeGreaterThanOrEqual(header.renderedAtMs);
    client.close();
  });

  test("a viewer that acknowledges nothing is sent no further frame, and later continues with a delta frame of the newest", async () => {
    view.renderer.writeGrey(10);
    const client = await open({ acknowledges: false, viewer: VIEWER });
    await expectFrame(client, 1, 10);
    for (let frame = 2; frame <= 5; frame++) {
      view.renderer.writeGrey(40 * frame);
      await eventually(() => view.server.state.frame?.number === frame, "the frame is detected");
    }
    expect(client.numbers).toEqual([1]);
    client.acknowledge();
    await expectFrame(client, 5, 200);
    expect(client.frames.map(({ header }) => header.keyframe)).toEqual([true, false]);
    expect(view.server.state.viewers[0]).toMatchObject({ frames: 2, skipped: 3 });
    client.close();
  });

  test("a viewer that acknowledges nothing does not delay another's frames", async () => {
    view.renderer.writeGrey(10);
    const stalled = await open({ acknowledges: false });
    const other = await open();
    await expectFrame(other, 1, 10);
    for (let frame = 2; frame <= 12; frame++) {
      view.renderer.writeGrey(20 * frame);
      await expectFrame(other, frame, 20 * frame);
    }
    stalled.acknowledges = true;
    stalled.acknowledge();
    await expectFrame(stalled, 12, 240);
    for (const client of [stalled, other]) client.close();
  });

  test("a keyframe is sent on request, and a request without a stream is ignored", async () => {
    view.renderer.writeGrey(10);
    const idle = await FrameClient.open(view.server.url, { requestsFrames: false });
    idle.send({ type: "keyframe" });
    const client = await open();
    await expectFrame(client, 1, 10);
    client.send({ type: "keyframe" });
    await eventually(() => client.frames.length === 2, "the keyframe of an unchanged view is received");
    expect(client.frames[1]?.header).toMatchObject({ keyframe: true, frame: 1 });
    const jpeg = await FrameClient.open(view.server.url);
    jpeg.send({ type: "keyframe" });
    await jpeg.waitForGrey(10);
    expect(idle.messages.some(({ type }) => type === "error")).toBe(false);
    for (const each of [idle, client, jpeg]) each.close();
  });

  test("video and JPEG viewers get the same frames at the same time", async () => {
    const video = await open();
    const jpeg = await FrameClient.open(view.server.url);
    for (let frame = 1; frame <= 20; frame++) {
      view.renderer.writeGrey(12 * frame);
      await jpeg.waitForGrey(12 * frame);
      await expectFrame(video, frame, 12 * frame);
    }
    expect(view.server.state.viewers.map(({ transport }) => transport).sort()).toEqual(["jpeg", "video"]);
    for (const client of [video, jpeg]) client.close();
  });

  test("video ends when its viewer requests another encoding or none, or disconnects", async () => {
    view.renderer.writeGrey(40);
    const client = await open({ viewer: VIEWER });
    await expectFrame(client, 1, 40);
    const transports = () => view.server.state.viewers.map(({ transport }) => transport);
    client.send({ type: "frames", encoding: "jpeg" });
    await eventually(() => transports()[0] === "jpeg", "frames are sent as JPEG");
    client.send({ type: "frames", encoding: "video" });
    await eventually(() => transports()[0] === "video", "frames are sent as video");
    client.send({ type: "frames", encoding: "none" });
    await eventually(() => transports()[0] === null, "the stream has ended");
    await eventually(() => view.renderer.images.viewers === 0, "the demand reaches the renderer");
    client.send({ type: "frames", encoding: "video" });
    await eventually(() => view.renderer.images.viewers === 1, "the demand reaches the renderer");
    client.close();
    await eventually(
      () => view.server.state.video.tiers.every(({ bitrate }) => bitrate === 0),
      "every encoder is closed",
    );
    await eventually(() => view.renderer.images.viewers === 0, "the demand reaches the renderer");
  });

  test("fifty viewers that join at the same time share few keyframes and see the same frames", async () => {
    view.renderer.writeGrey(70);
    const clients = await Promise.all(Array.from({ length: 50 }, () => open()));
    view.renderer.writeGrey(140);
    for (const client of clients) await expectFrame(client, 2, 140);
    expect(view.server.state.video.keyframes).toBeLessThan(25);
    for (const client of clients) client.close();
    await eventually(() => view.server.state.viewers.length === 0, "all viewers have left");
  });

  test("/metrics has the video frames, encoding times and bitrates", async () => {
    view.renderer.writeGrey(40);
    const client = await open();
    await expectFrame(client, 1, 40);
    const text = await (await fetch(new URL("metrics", view.server.url))).text();
    for (const line of [
      'scenecast_viewers{transport="video"} 1',
      'scenecast_frames_sent_total{transport="video"} 1',
      'scenecast_video_encode_seconds_count{tier="0"} 1',
      'scenecast_video_bits_per_second{tier="0"} 8000000',
      'scenecast_video_bits_per_second{tier="2"} 0',
      "scenecast_video_keyframes_total 1",
      "scenecast_video_encoder_pending 0",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
    expect(view.server.state.video).toMatchObject({ frames: 1, keyframes: 1, pending: 0 });
    expect(view.server.state.video.tiers[0]).toMatchObject({ tier: 0, bitrate: 8_000_000 });
    expect(view.server.state.video.tiers[0]?.medianMs).toBeGreaterThan(0);
    client.close();
  });
});
