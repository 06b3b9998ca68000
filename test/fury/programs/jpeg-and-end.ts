// Waits for a JPEG that is due in an hour, cleans up, prints the results, and ends.
import { RawArrayImageBufferManager } from "../../../src/fury/image-buffer-manager.ts";

const manager = new RawArrayImageBufferManager();
manager.write(8, 8, new Uint8Array(192));
const first = await manager.asyncGetJpeg();
const second = manager.asyncGetJpeg(3_600_000);
setImmediate(() => manager.close());
console.log(JSON.stringify([first?.[0], await second]));
