// Acquires a queue's lock, prints the result and never releases it: lock-holder.ts BUFFER HEAD_TAIL
import { SharedMemCircularQueue } from "../../../src/fury/circular-queue.ts";

const [bufferName = "", headTailBufferName = ""] = process.argv.slice(2);
const queue = new SharedMemCircularQueue({ bufferName, headTailBufferName });
console.log(queue.lock() ? "locked" : "refused");
setInterval(() => {}, 1 << 30);
