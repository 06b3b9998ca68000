// A server with one frame, until its input says anything: prints its address first, and at the end what keeps the
// process from ending, if something does.
import { startServer } from "../../../src/page-server.ts";
import { TestRenderer } from "../../encode/producers.ts";

const server = await startServer({ port: 0 });
using renderer = new TestRenderer();
renderer.writeGrey(100);
server.attach(renderer.names);
console.log(server.url);
for await (const _ of console) break;
await server.stop();
// Fires only while something else holds the process.
setTimeout(() => console.log("still here"), 150).unref();
