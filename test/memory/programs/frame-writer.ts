// Writes frames of one value each into new buffers as fast as it can, of two sizes in turn, until its input closes:
// frame-writer.ts BUFFERS FORMAT. Prints the names first.
import { SharedMemImageBufferManager } from "../../../src/memory/shared-mem-image-buffer-manager.ts";

const [numBuffers = "2", format = "rgb"] = process.argv.slice(2);
const pixelFormat = format === "rgba" ? "rgba" : "rgb";
const components = pixelFormat === "rgba" ? 4 : 3;
using manager = new SharedMemImageBufferManager({
  maxWindowSize: [640, 360],
  numBuffers: Number(numBuffers),
  pixelFormat,
});
console.log(JSON.stringify(manager.names));
let stopped = false;
process.stdin.on("end", () => {
  stopped = true;
});
process.stdin.resume();
for (let frame = 1; !stopped; frame++) {
  const [width, height] = frame % 2 === 0 ? [640, 360] : [320, 180];
  manager.writeInto(width, height, new Uint8Array(width * height * components).fill(frame & 0xff), {
    eventTimestamp: frame,
    camera: { position: [frame, 0, 0], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 },
  });
  // A writer with a single buffer must pause for a reader to see anything whole.
  if (frame % 4 === 0) await Bun.sleep(1);
}
