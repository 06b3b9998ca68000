// Puts rows 0..count-1 into a queue, marked with a tag: queue-producer.ts BUFFER HEAD_TAIL COUNT TAG
import { SharedMemCircularQueue } from "../../../src/fury/shared-mem-circular-queue.ts";

const [bufferName = "", headTailBufferName = "", count = "0", tag = "0"] = process.argv.slice(2);
using queue = new SharedMemCircularQueue({ bufferName, headTailBufferName });
for (let index = 0; index < Number(count); ) {
  if (queue.enqueue([2, Number(tag), 0, 0, 0, 0, index, 0])) index++;
  else await new Promise((resolve) => setImmediate(resolve));
}
