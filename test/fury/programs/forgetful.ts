// Streams a show through shared memory, prints the names, and ends without clean-up by process.exit ("exit") or an exception
// ("error"); with another argument it runs until it is killed.
import { FuryStreamClient, FuryStreamInteraction } from "../../../src/fury/fury-stream.ts";
import { boxShow } from "../../stream/box-show.ts";

const show = boxShow();
const client = new FuryStreamClient(show, { useRawArray: false });
const interaction = new FuryStreamInteraction(show, { useRawArray: false });
client.start();
interaction.start();
console.log(JSON.stringify([client.imageBufferManager.names, interaction.circularQueue.names]));
const [how] = process.argv.slice(2);
if (how === "exit") process.exit();
if (how === "error") throw new Error("the program failed");
