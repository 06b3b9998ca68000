// Streams a red box on a white background until it is killed or its input ends; prints the names of its segments.
import { ShowStream } from "../../../src/stream/show-stream.ts";
import { boxShow } from "../box-show.ts";

const show = boxShow([160, 120]);
const stream = new ShowStream(show, { maxWindowSize: [320, 240], pixelFormat: "rgba" });
console.log(JSON.stringify(stream.names));
stream.start();
process.stdin.on("end", () => {
  stream.cleanup();
  show.dispose();
});
process.stdin.resume();
