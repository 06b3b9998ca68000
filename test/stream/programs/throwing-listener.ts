// Applies events to a show whose listener throws at the first one, and prints the result.

import { FuryStreamInteraction } from "../../../src/fury/fury-stream.ts";
import { EVENT } from "../../../src/memory/event-row.ts";
import { boxShow } from "../box-show.ts";

process.on("uncaughtException", (error) => console.log(`uncaught: ${error.message}`));
using show = boxShow();
const before = show.cameraState;
show.addIrenCallback(() => {
  throw new Error("no press, please");
}, "buttonPress");
using interaction = new FuryStreamInteraction(show);
for (const [id, x] of [
  [EVENT.leftPress, 0.5],
  [EVENT.mouseMove, 0.7],
  [EVENT.leftRelease, 0.7],
] as const) {
  interaction.circularQueue.enqueue([id, 0, x, 0.5, 0, 0, 1, 0]);
}
interaction.drain();
const turned = JSON.stringify(before) !== JSON.stringify(show.cameraState);
console.log(`applied ${interaction.applied}, rendered ${show.renders}, turned: ${turned}`);
