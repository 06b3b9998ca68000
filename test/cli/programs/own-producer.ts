// A producer of this package: creates segments, writes one grey frame, prints the names, and exits when its input ends.
import { SharedMemCircularQueue } from "../../../src/fury/circular-queue.ts";
import { SharedMemImageBufferManager } from "../../../src/fury/image-buffer-manager.ts";

using images = new SharedMemImageBufferManager({ maxWindowSize: [40, 30] });
using queue = new SharedMemCircularQueue({ maxSize: 8 });
images.write(40, 30, new Uint8Array(40 * 30 * 3).fill(77));
console.log(JSON.stringify({ ...images.names, ...queue.names }));
for await (const _ of Bun.stdin.stream());
