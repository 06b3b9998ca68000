import { describe, expect, test } from "bun:test";
import { createContext, destroyContext } from "../../src/gl/index.ts";
import { backends, pixel } from "./support.ts";

/** Sends one message to a new Worker and returns the reply. */
function callWorker(message: unknown): Promise<number[][]> {
  const worker = new Worker(new URL("./worker-context.ts", import.meta.url).href);
  return new Promise<number[][]>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<number[][]>) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(message);
  }).finally(() => worker.terminate());
}

describe.each(backends)("%s", (backend) => {
  test("Workers and the main thread render concurrently in their own contexts", async () => {
    const gl = createContext(8, 8, { backend, antialias: false });
    gl.clearColor(0, 0, 1, 1);
    const results = Promise.all([
      callWorker({ backend, color: [1, 0, 0] }),
      callWorker({ backend, color: [0, 1, 0] }),
    ]);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const [red, green] = await results;
    expect(red).toEqual(Array.from({ length: 5 }, () => [255, 0, 0, 255]));
    expect(green).toEqual(Array.from({ length: 5 }, () => [0, 255, 0, 255]));
    expect(pixel(gl, 1, 1)).toEqual([0, 0, 255, 255]);
    destroyContext(gl);
  });
});
