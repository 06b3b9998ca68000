import { describe, expect, test } from "bun:test";
import {
  FRAME_HEADER_BYTES,
  type FrameHeader,
  readFrameMessage,
  writeFrameHeader,
} from "../../src/protocol/frame-header.ts";

const HEADER: FrameHeader = {
  format: "png",
  qualityLevel: 2,
  still: true,
  lossless: true,
  keyframe: true,
  frame: 0xfedc_ba98,
  width: 1280,
  height: 65_535,
  renderedAtMs: 1_795_000_000_000.25,
  sentAtMs: 1_795_000_000_004.5,
  eventMs: 1_795_000_000_123.125,
  renderMs: 7.75,
};

function messageOf(header: FrameHeader, payload: readonly number[] = [1, 2, 3]): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  writeFrameHeader(header, message);
  message.set(payload, FRAME_HEADER_BYTES);
  return message;
}

describe("a frame message", () => {
  test("a frame message has each field at its documented offset, little-endian, and the payload after 48 bytes", () => {
    const message = messageOf(HEADER);
    expect([...message.subarray(0, 16)]).toEqual([
      ...[2, 2, 7, 48],
      ...[0x98, 0xba, 0xdc, 0xfe],
      ...[0x00, 0x05, 0xff, 0xff],
      ...[0, 0, 0, 0],
    ]);
    expect([...new Float64Array(message.buffer.slice(16, 48))]).toEqual([
      HEADER.renderedAtMs,
      HEADER.sentAtMs,
      1_795_000_000_123.125,
      7.75,
    ]);
    expect([...message.subarray(48)]).toEqual([1, 2, 3]);
  });

  test("a frame message is parsed as it was written, also from the middle of a larger buffer", () => {
    for (const header of [
      HEADER,
      { ...HEADER, format: "jpeg", qualityLevel: 0, still: false } as const,
      { ...HEADER, format: "vp8", keyframe: false } as const,
    ]) {
      const { buffer } = messageOf(header);
      const read = readFrameMessage(buffer);
      expect(read?.header).toEqual(header);
      expect([...(read?.payload ?? [])]).toEqual([1, 2, 3]);
      const pool = new Uint8Array(100);
      writeFrameHeader(header, pool.subarray(30));
      expect(readFrameMessage(pool.buffer.slice(30))?.header).toEqual(header);
    }
  });

  test("a frame message has NaN for an unknown event or render time, which is parsed as null", () => {
    const { buffer } = messageOf({ ...HEADER, eventMs: null, renderMs: null });
    expect([...new Float64Array(buffer.slice(32, 48))]).toEqual([Number.NaN, Number.NaN]);
    expect(readFrameMessage(buffer)?.header).toMatchObject({ eventMs: null, renderMs: null });
  });

  test("a frame message of a later version can have a longer header", () => {
    const message = messageOf(HEADER, [9, 9, 1, 2]);
    message[3] = FRAME_HEADER_BYTES + 2;
    expect([...(readFrameMessage(message.buffer)?.payload ?? [])]).toEqual([1, 2]);
  });

  test("a frame message is parsed as null if its header is malformed or of an unknown format", () => {
    const malformed = (at: number, value: number) => {
      const message = messageOf(HEADER);
      message[at] = value;
      return message.buffer;
    };
    expect(readFrameMessage(new ArrayBuffer(0))).toBeNull();
    expect(readFrameMessage(new ArrayBuffer(FRAME_HEADER_BYTES))).toBeNull();
    expect(readFrameMessage(messageOf(HEADER, []).buffer)).toBeNull();
    for (const [at, value] of [
      [0, 0],
      [0, 4],
      [1, 3],
      [3, 47],
      [3, 255],
    ] as const) {
      expect(readFrameMessage(malformed(at, value))).toBeNull();
    }
  });
});
