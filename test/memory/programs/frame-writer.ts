// Creates image buffers, prints their names and writes frames at full speed until its input is closed:
// frame-writer.ts BUFFERS FORMAT
import { SharedMemImageBufferManager } from "../../../src/fury/image-buffer-manager.ts";
import { LARGEST, writeFrames } from "../changing-frames.ts";

const [numBuffers = "2", format = "rgb"] = process.argv.slice(2);
using manager = new SharedMemImageBufferManager({
  maxWindowSize: LARGEST,
  numBuffers: Number(numBuffers),
  pixelFormat: format === "rgba" ? "rgba" : "rgb",
});
console.log(JSON.stringify(manager.names));
let stopped = false;
process.stdin.on("end", () => {
  stopped = true;
});
process.stdin.resume();
await writeFrames(manager, () => stopped);
