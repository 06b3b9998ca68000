import { createContext, destroyContext } from "../../src/gl/index.ts";

declare const self: Worker;

/** Clears five contexts of this thread with the given color and replies with one pixel of each. */
self.onmessage = ({ data }: MessageEvent<{ backend: "angle" | "mesa"; color: [number, number, number] }>) => {
  const pixels: number[][] = [];
  for (let round = 0; round < 5; round++) {
    const gl = createContext(8, 8, { backend: data.backend, antialias: false });
    gl.clearColor(...data.color, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const rgba = new Uint8Array(4);
    gl.readPixels(4, 4, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    pixels.push([...rgba]);
    destroyContext(gl);
  }
  self.postMessage(pixels);
};
