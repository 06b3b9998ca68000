import { afterEach, describe, expect, test } from "bun:test";
import { FrameSource } from "../../src/encode/frame-source.ts";
import { eventually } from "../server/clients.ts";
import { attachImages, PlainFuryProducer, solid, TestRenderer } from "./producers.ts";

let source = new FrameSource();
afterEach(() => source.detach());

function attachTo(names: Parameters<typeof attachImages>[0]) {
  const images = attachImages(names);
  source.attach(images);
  return images;
}

describe("a frame source", () => {
  test("frame numbers and listeners survive a change of the renderer, and its first frame is reported", async () => {
    let frames = 0;
    let firsts = 0;
    source = new FrameSource({ onFirstFrame: () => firsts++ });
    source.onFrame(() => frames++);
    expect(source.frameNumber).toBe(0);
    expect(source.copyNewest()).toBeNull();
    for (let round = 1; round <= 3; round++) {
      using renderer = new TestRenderer();
      using _ = attachTo(renderer.names);
      expect(source.hasFrame).toBe(false);
      renderer.writeGrey(round);
      await eventually(() => frames === round, "the frame is detected");
      expect(source.frameNumber).toBe(round);
      expect(firsts).toBe(round);
      expect(source.copyNewest()?.data[0]).toBe(round);
      source.detach();
      expect(source.hasFrame).toBe(false);
    }
  });

  test("a frame written before the attachment is the first", () => {
    using renderer = new TestRenderer();
    renderer.writeGrey(9, [30, 20], 77.5);
    source = new FrameSource();
    using _ = attachTo(renderer.names);
    expect(source.hasFrame).toBe(true);
    const frame = source.copyNewest();
    expect(frame).toMatchObject({
      number: 1,
      width: 30,
      height: 20,
      format: "rgba",
      bottomUp: true,
      eventMs: 77.5,
    });
    expect(frame?.renderedAtMs).toBeGreaterThan(Date.now() - 60_000);
    expect(source.newest).toEqual({
      number: 1,
      width: 30,
      height: 20,
      still: false,
      camera: null,
      viewSize: null,
    });
  });

  test("repeated copies of a frame have the same number", async () => {
    using renderer = new TestRenderer();
    renderer.writeGrey(1);
    source = new FrameSource();
    using _ = attachTo(renderer.names);
    expect([source.copyNewest()?.number, source.copyNewest()?.number]).toEqual([1, 1]);
    renderer.writeGrey(2);
    await eventually(() => source.frameNumber === 2, "the frame is detected");
    expect([source.copyNewest()?.number, source.copyNewest()?.number]).toEqual([2, 2]);
  });

  test("the newest frame is known without a copy, and undetected frames are counted", async () => {
    using renderer = new TestRenderer();
    renderer.writeGrey(1);
    source = new FrameSource();
    {
      using _ = attachTo(renderer.names);
      for (let frame = 2; frame <= 20; frame++) renderer.writeGrey(frame, [frame, 10]);
      expect(source.newest).toMatchObject({ number: 20, width: 20, still: false });
      renderer.images.write(5, 5, solid(5, 5, [0, 0, 0, 255]), { still: true });
      expect(source.newest).toMatchObject({ number: 21, width: 5, still: true });
      expect(source.copyNewest()?.number).toBe(21);
      source.detach();
      expect(source.newest).toMatchObject({ number: 21, width: 5 });
    }
    using next = new TestRenderer();
    for (let frame = 1; frame <= 3; frame++) next.writeGrey(frame);
    using _ = attachTo(next.names);
    // Frames of a renderer before its attachment do not count.
    expect(source.newest?.number).toBe(22);
  });

  test("a copy in a new buffer and the reused copy do not affect each other", async () => {
    using renderer = new TestRenderer();
    renderer.writeGrey(1);
    source = new FrameSource();
    using _ = attachTo(renderer.names);
    const live = source.copyNewest();
    renderer.writeGrey(2);
    const kept = source.copyToNewBuffer();
    renderer.writeGrey(3, [640, 480]);
    source.copyToNewBuffer();
    expect(live?.data.every((value, i) => value === (i % 4 === 3 ? 255 : 1))).toBe(true);
    source.copyNewest();
    expect(kept?.data.every((value, i) => value === (i % 4 === 3 ? 255 : 2))).toBe(true);
  });

  test("a plain FURY producer is watched only while there are listeners", async () => {
    using fury = new PlainFuryProducer(8, 8);
    source = new FrameSource();
    using _ = attachTo(fury.names);
    expect(source.hasFrame).toBe(false);
    fury.write(8, 8, solid(8, 8, [1, 2, 3]));
    await eventually(() => source.hasFrame, "the first frame is detected");
    fury.write(8, 8, solid(8, 8, [4, 5, 6]));
    let detections = 0;
    const before = source.frameNumber;
    const stop = source.onFrame(() => detections++);
    // It may have changed while it was not watched, so the next check counts as a new frame.
    expect(source.frameNumber).toBe(before + 1);
    expect(source.copyNewest()).toMatchObject({ number: before + 1, format: "rgb", eventMs: null });
    expect(source.newest).toEqual({
      number: before + 1,
      width: 8,
      height: 8,
      still: false,
      camera: null,
      viewSize: null,
    });
    fury.write(4, 4, solid(4, 4, [7, 8, 9]));
    await eventually(() => detections === 1, "the frame is detected");
    expect(Array.from(source.copyNewest()?.data ?? [])).toEqual(Array.from(solid(4, 4, [7, 8, 9])));
    stop();
    expect(() => stop()).not.toThrow();
  });

  test("detach can be called twice, and without an attachment", () => {
    source = new FrameSource();
    source.detach();
    source.detach();
    expect(source.problem).toContain("no renderer");
  });
});
