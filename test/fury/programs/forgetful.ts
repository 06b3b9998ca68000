// Streams a show through shared memory, prints the names, and ends without cleaning up, as its argument says: by "exit", by
// "error", or by being killed.
import { FuryStreamClient } from "../../../src/fury/fury-stream-client.ts";
import { FuryStreamInteraction } from "../../../src/fury/fury-stream-interaction.ts";
import { threeSpheres } from "../three-spheres.ts";

const show = threeSpheres();
const client = new FuryStreamClient(show, { useRawArray: false });
const interaction = new FuryStreamInteraction(show, { useRawArray: false });
client.start();
interaction.start();
console.log(JSON.stringify([client.imageBufferManager.names, interaction.circularQueue.names]));
const [how] = process.argv.slice(2);
if (how === "exit") process.exit();
if (how === "error") throw new Error("as a program that fails");
