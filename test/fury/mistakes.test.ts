import { expect, test } from "bun:test";
import { RawArrayImageBufferManager } from "../../src/memory/raw-array-image-buffer-manager.ts";
import { SharedMemCircularQueue } from "../../src/memory/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/memory/shared-mem-image-buffer-manager.ts";
import { webServer, webServerRawArray } from "../../src/server/web-server.ts";

/** What a program is given by another as JSON, and takes for what it needs. */
const given = (json: string) => JSON.parse(json);

// A FURY program prints its names under the keys of Python.
const PYTHON_NAMES = '{"image_buffer_names":["psm_1","psm_2"],"info_buffer_name":"psm_3"}';

test("names under the wrong keys are an error in words", async () => {
  await expect(webServer(given(PYTHON_NAMES))).rejects.toThrow(
    "imageBufferNames must be a list, one for each image buffer; it is undefined.",
  );
  const attach = () =>
    new SharedMemImageBufferManager({ ...given("{}"), imageBufferNames: [], infoBufferName: "a" });
  expect(attach).toThrow("There must be 1 to 8 image buffers; 0 were asked for.");
  expect(
    () => new SharedMemImageBufferManager(given('{"imageBufferNames":["psm_1"],"infoBufferName":null}')),
  ).toThrow("A segment's name must be text; it is null. Give the name that its program prints.");
  expect(() => new SharedMemCircularQueue(given('{"bufferName":7,"headTailBufferName":"psm_1"}'))).toThrow(
    "A segment's name must be text; it is 7.",
  );
});

test("arrays that are not there are an error in words", async () => {
  await expect(webServerRawArray(given("{}"))).rejects.toThrow(
    "imageBuffers must be a list, one for each image buffer",
  );
  using manager = new RawArrayImageBufferManager();
  const { imageBuffers } = manager;
  await expect(
    webServerRawArray({ ...given("{}"), imageBuffers, infoBuffer: new ArrayBuffer(8192) }),
  ).rejects.toThrow("infoBuffer must be a SharedArrayBuffer that is not empty");
});

test("a pixel format that there is not is an error in words", () => {
  expect(() => new RawArrayImageBufferManager(given('{"pixelFormat":"bgr"}'))).toThrow(
    'pixelFormat must be "rgb" or "rgba"; it is "bgr".',
  );
});
