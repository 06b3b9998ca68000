import { expect, test } from "bun:test";
import { SharedMemImageBufferManager } from "../../src/memory/shared-mem-image-buffer-manager.ts";
import { leftOver, pixels } from "./segments.ts";

function attach(manager: SharedMemImageBufferManager): SharedMemImageBufferManager {
  const { imageBufferNames, infoBufferName } = manager;
  return new SharedMemImageBufferManager({ imageBufferNames, infoBufferName });
}

test("before the first frame there is none, and the manager says so", () => {
  using manager = new SharedMemImageBufferManager();
  expect(manager.getCurrentFrame()).toBeNull();
  expect(manager.problem).toBe("no frame was written yet");
});

test.each([1, 2, 3, 8])("with %i buffers every frame arrives as it was written", (numBuffers) => {
  using writer = new SharedMemImageBufferManager({ maxWindowSize: [16, 9], numBuffers });
  using reader = attach(writer);
  expect(reader.numBuffers).toBe(numBuffers);
  for (let index = 1; index <= 20; index++) {
    const width = 1 + (index % 16);
    const frame = pixels(width * 9 * 3, index);
    expect(writer.nextBufferIndex).toBe((writer.bufferIndex + 1) % numBuffers);
    writer.writeInto(width, 9, frame, { eventTimestamp: index });
    const read = reader.getCurrentFrame();
    expect(read).toMatchObject({
      width,
      height: 9,
      format: "rgb",
      bottomUp: true,
      frame: index,
      eventTimestamp: index,
    });
    expect(read?.data).toEqual(frame);
    expect(reader.problem).toBe("");
  }
});

test("a frame may be written without a copy, in RGBA, and read into memory of the reader's own", () => {
  using writer = new SharedMemImageBufferManager({ maxWindowSize: [8, 8], pixelFormat: "rgba" });
  using reader = attach(writer);
  expect(reader.pixelFormat).toBe("rgba");
  const frame = writer.beginWrite(3, 5);
  expect(frame?.data.length).toBe(3 * 5 * 4);
  frame?.data.set(pixels(60, 4));
  expect(reader.getCurrentFrame()).toBeNull();
  writer.endWrite({ renderMs: 3, still: true });
  const target = new Uint8Array(100);
  const read = reader.getCurrentFrame(target);
  expect(read?.data.buffer).toBe(target.buffer);
  expect(target.subarray(0, 60)).toEqual(pixels(60, 4));
  expect(read).toMatchObject({ format: "rgba", renderMs: 3, still: true, eventTimestamp: null });
  expect(() => reader.getCurrentFrame(new Uint8Array(59))).toThrow(
    "The frame has 60 bytes; the buffer given for it has 59.",
  );
});

test("the newest frame is told without a copy: number, size, rest, and the camera that it was rendered from", () => {
  using writer = new SharedMemImageBufferManager({ maxWindowSize: [8, 8] });
  using reader = attach(writer);
  expect(reader.newestFrame).toBeNull();
  const camera = (x: number) =>
    ({ position: [x, 0, 0], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 }) as const;
  writer.writeInto(3, 5, pixels(45, 1), { still: true, camera: camera(1) });
  expect(reader.newestFrame).toMatchObject({
    frame: 1,
    width: 3,
    height: 5,
    still: true,
    camera: camera(1),
  });
  writer.beginWrite(8, 8);
  expect(reader.newestFrame).toMatchObject({ frame: 1, still: true, camera: camera(1) });
  writer.endWrite({ camera: camera(2) });
  expect(reader.newestFrame).toMatchObject({ frame: 2, width: 8, still: false, camera: camera(2) });
  writer.writeInto(8, 8, pixels(192, 1), { camera: { ...camera(3), viewAngle: Number.NaN } });
  expect(reader.newestFrame).toMatchObject({ frame: 3, camera: camera(2) });
});

test("the picture of one read is overwritten only by the next read", () => {
  using manager = new SharedMemImageBufferManager({ maxWindowSize: [4, 4] });
  manager.writeInto(4, 4, pixels(48, 1));
  const first = manager.getCurrentFrame();
  manager.writeInto(4, 4, pixels(48, 2));
  manager.writeInto(4, 4, pixels(48, 3));
  expect(first?.data).toEqual(pixels(48, 1));
  expect(manager.getCurrentFrame()?.data).toEqual(pixels(48, 3));
});

test("a frame of more pixels than the maximum becomes a picture that says so, at the maximum size", () => {
  using manager = new SharedMemImageBufferManager({ maxWindowSize: [320, 200] });
  manager.writeInto(200, 320, new Uint8Array(200 * 320 * 3));
  expect(manager.getCurrentFrame()).toMatchObject({ width: 200, height: 320 }); // turned on its side it fits
  manager.writeInto(321, 200, new Uint8Array(321 * 200 * 3));
  const frame = manager.getCurrentFrame();
  expect(frame).toMatchObject({ width: 320, height: 200, frame: 2 });
  const lit = (frame?.data ?? new Uint8Array()).reduce((count, value) => count + (value > 200 ? 1 : 0), 0);
  expect(lit).toBeGreaterThan(320 * 200 * 3 * 0.02);
  expect(lit).toBeLessThan(320 * 200 * 3 * 0.3);
  expect(manager.beginWrite(4000, 4000)).toBeNull();
  expect(manager.fits(320, 200)).toBeTrue();
  expect(manager.fits(320, 201)).toBeFalse();
});

test("the words of the oversize picture stand upright: the top of the T is above its stem", () => {
  using manager = new SharedMemImageBufferManager({ maxWindowSize: [320, 200] });
  manager.beginWrite(1000, 1000);
  const { data = new Uint8Array(), width = 0, height = 0 } = manager.getCurrentFrame() ?? {};
  const isInk = (x: number, yDown: number) => (data[((height - 1 - yDown) * width + x) * 3] ?? 0) > 200;
  let first: [number, number] | undefined;
  for (let y = 0; y < height && !first; y++)
    for (let x = 0; x < width && !first; x++) if (isInk(x, y)) first = [x, y];
  const [left = 0, top = 0] = first ?? [];
  // THIS...: its T begins with a bar of 5 columns, and has ink only in the middle one below
  const scale = 2;
  expect([0, 1, 2, 3, 4].map((column) => isInk(left + column * scale, top))).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  expect([0, 1, 2, 3, 4].map((column) => isInk(left + column * scale, top + 3 * scale))).toEqual([
    false,
    false,
    true,
    false,
    false,
  ]);
});

test("sizes, pixel counts and numbers of buffers that cannot be are refused in words", () => {
  expect(() => new SharedMemImageBufferManager({ maxWindowSize: [0, 10] })).toThrow("maxWindowSize is 0x10");
  expect(() => new SharedMemImageBufferManager({ numBuffers: 0 })).toThrow(
    "1 to 8 image buffers; 0 were asked for",
  );
  expect(() => new SharedMemImageBufferManager({ numBuffers: 9 })).toThrow("1 to 8 image buffers");
  using manager = new SharedMemImageBufferManager({ maxWindowSize: [10, 10] });
  expect(() => manager.writeInto(2, 2, new Uint8Array(11))).toThrow("has 12 bytes; 11 were given");
  expect(() => manager.writeInto(0, 0, new Uint8Array(0))).toThrow("A frame of 0x0 px cannot be written");
  expect(() => manager.endWrite()).toThrow("endWrite was called without a beginWrite");
});

test("viewers, taken events, renders and camera are seen by whoever is attached", () => {
  using renderer = new SharedMemImageBufferManager();
  using server = attach(renderer);
  expect(server).toMatchObject({
    isExtended: true,
    viewers: 0,
    renders: 0,
    camera: null,
    producerPid: process.pid,
  });
  expect(renderer.serverWakes).toBeFalse();
  server.viewers = 2;
  expect([renderer.viewers, renderer.serverWakes]).toEqual([2, true]);
  renderer.takes = { resize: true, keys: true, doubleClick: false };
  expect(server.takes).toEqual({ resize: true, keys: true, doubleClick: false });
  renderer.countRender();
  expect(server.renders).toBe(1);
  const camera = {
    position: [1, 2, 3],
    focalPoint: [0, 0.5, 0],
    viewUp: [0, 1, 0],
    viewAngle: 30,
    parallelScale: 2.5,
  } as const;
  renderer.camera = camera;
  expect(server.camera).toEqual(camera);
  renderer.camera = { ...camera, position: [Number.NaN, 0, 0] };
  expect(server.camera).toEqual(camera);
});

test("a camera outlives the manager that wrote it for as long as another is attached", () => {
  const renderer = new SharedMemImageBufferManager();
  using server = attach(renderer);
  const camera = { position: [1, 2, 3], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 } as const;
  renderer.camera = camera;
  renderer.cleanup();
  expect(server.camera).toEqual(camera);
});

test("a frame, an event and a change of the viewers each wake the one who waits for them", async () => {
  using renderer = new SharedMemImageBufferManager({ maxWindowSize: [4, 4] });
  using server = attach(renderer);
  const frame = Promise.withResolvers<void>();
  const frames = server.watchFrames(frame.resolve);
  renderer.writeInto(1, 1, pixels(3, 1));
  await frame.promise;
  frames.close();
  let woken = Promise.withResolvers<void>();
  const wakes = renderer.watchRenderer(() => woken.resolve());
  server.wakeRenderer();
  await woken.promise;
  woken = Promise.withResolvers<void>();
  server.viewers = 1;
  await woken.promise;
  wakes.close();
});

test("cleanup removes the segments of the creator only, and may be called twice", () => {
  const manager = new SharedMemImageBufferManager({ numBuffers: 3 });
  const names = [...manager.imageBufferNames, manager.infoBufferName];
  attach(manager).cleanup();
  expect(leftOver(names)).toEqual(names);
  manager.cleanup();
  manager.cleanup();
  expect(leftOver(names)).toEqual([]);
});
