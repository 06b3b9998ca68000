import { afterEach, beforeEach, expect, test } from "bun:test";
import type { RtpPacket } from "werift";
import { VideoBroadcast } from "../../src/encode/video-broadcast.ts";
import { getApp, RtcServerFrames } from "../../src/fury/get-app.ts";
import { RTCServer, type VideoFrame } from "../../src/fury/rtc-server.ts";
import { solid, TestRenderer } from "../encode/producers.ts";
import { eventually } from "../server/clients.ts";
import { createOffer } from "../webrtc/test-peer.ts";

let renderer: TestRenderer;
beforeEach(() => {
  renderer = new TestRenderer();
});
afterEach(() => renderer[Symbol.dispose]());

test("each frame of an RTCServer is a new one, until the last listener is removed", async () => {
  using server = new RTCServer(renderer.images);
  const frames = new RtcServerFrames(server, () => {});
  expect(frames.copyNewest()).toBeNull();
  let received = 0;
  const stop = frames.onFrame(() => received++);
  for (let number = 1; number <= 3; number++) {
    renderer.writeGrey(50 * number);
    await eventually(() => received === number, `frame ${number} is received`);
    expect(frames.frameNumber).toBe(number);
    const frame = frames.copyNewest();
    expect(frame).toMatchObject({ number, width: 64, height: 48, unchanged: false });
    expect(frame?.data[0]).toBe(50 * number);
  }
  stop();
});

test("a released RTCServer is reported once", async () => {
  const server = new RTCServer(renderer.images);
  const ended = Promise.withResolvers<unknown>();
  const frames = new RtcServerFrames(server, ended.resolve);
  const video = new VideoBroadcast(frames, { onError: () => {} });
  const subscription = video.subscribe(() => {}, { bitrate: 1_000_000 });
  server.release();
  expect(String(await ended.promise)).toContain("RTCServer");
  subscription.close();
});

/** An RTCServer of a program: its frames are twice as wide as those of the image manager. */
class WideServer extends RTCServer {
  #frames = 0;
  override async recv(): Promise<VideoFrame> {
    await Bun.sleep(this.#frames === 0 ? 0 : 20);
    const data = new Uint8Array(solid(128, 48, [this.#frames++ & 0xff, 90, 120]));
    const timeBase = { numerator: 1, denominator: 90_000 } as const;
    return { width: 128, height: 48, format: "rgb", bottomUp: true, data, pts: this.#frames, timeBase };
  }
}

test("WebRTC viewers get the frames of the RTCServer that was passed to an app", async () => {
  renderer.writeGrey(80);
  using rtcServer = new WideServer(renderer.images);
  using app = getApp({ imageBufferManager: renderer.images, rtcServer });
  using http = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: app.fetch, websocket: app.websocket });
  const { peer, sdp } = await createOffer();
  const packet = Promise.withResolvers<RtpPacket>();
  peer.onTrack.subscribe((track) => track.onReceiveRtp.subscribe(packet.resolve));
  const body = JSON.stringify({ type: "offer", sdp });
  await peer.setRemoteDescription(await (await fetch(`${http.url}offer`, { method: "POST", body })).json());
  const { payload } = await packet.promise;
  // RFC 7741's descriptor, then RFC 6386, section 9.1: three bytes, the start code, width, height.
  expect(payload.subarray(4, 7)).toEqual(Buffer.from([0x9d, 0x01, 0x2a]));
  expect([payload.readUInt16LE(7), payload.readUInt16LE(9)]).toEqual([128, 48]);
  await peer.close();
});
