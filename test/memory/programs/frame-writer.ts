// Writes frames into new buffers as fast as it can, until its input closes: frame-writer.ts BUFFERS FORMAT. Prints the
// names first.
import { SharedMemImageBufferManager } from "../../../src/fury/shared-mem-image-buffer-manager.ts";
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
