// A server with one frame, until a line arrives on stdin. Prints its URL first, and at the end "still here" if something keeps the
// process alive.
import { startServer } from "../../../src/page-server.ts";
import { TestRenderer } from "../../encode/producers.ts";

const server = await startServer({ port: 0 });
using renderer = new TestRenderer();
renderer.writeGrey(100);
server.attach(renderer.names);
console.log(server.url);
for await (const _ of console) break;
await server.stop();
// Fires only if something else keeps the process alive.
setTimeout(() => console.log("still here"), 150).unref();
