import { createContext, destroyContext } from "../../src/gl/index.ts";

declare const self: Worker;

/** Draws the colour that it is told into a context of this thread and answers with a pixel of it, several times. */
self.onmessage = ({ data }: MessageEvent<{ backend: "angle" | "mesa"; color: [number, number, number] }>) => {
  const seen: number[][] = [];
  for (let round = 0; round < 5; round++) {
    const gl = createContext(8, 8, { backend: data.backend, antialias: false });
    gl.clearColor(...data.color, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const rgba = new Uint8Array(4);
    gl.readPixels(4, 4, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    seen.push([...rgba]);
    destroyContext(gl);
  }
  self.postMessage(seen);
};
