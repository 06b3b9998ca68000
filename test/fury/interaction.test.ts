import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { FuryStreamClient } from "../../src/fury/fury-stream-client.ts";
import { FuryStreamInteraction } from "../../src/fury/fury-stream-interaction.ts";
import { EVENT } from "../../src/memory/event-ids.ts";
import { eventually } from "../server/clients.ts";
import { attachQueue, KINDS, severalTicks, TIMERS } from "./kinds.ts";
import { threeSpheres } from "./three-spheres.ts";

// The first picture of a software driver takes long on a busy machine.
setDefaultTimeout(60_000);

/** Ten turns of the wheel out and ten back, then three drags: spinning, panning, rotating there and back. */
function script(): number[][] {
  const rows = [1, -1].flatMap((delta) =>
    Array.from({ length: 10 }, () => [EVENT.wheel, delta, 0, 0, 0, 0, 0.1, 0]),
  );
  for (const [shift, ctrl] of [
    [0, 1],
    [1, 0],
    [0, 0],
  ] as const) {
    const at = (id: number, x: number) => rows.push([id, 0, x, 0.5, ctrl, shift, 0.1, 0]);
    at(EVENT.leftPress, 0.5);
    for (let step = 0; step < 50; step++) at(EVENT.mouseMove, 0.5 + Math.sin((step / 50) * Math.PI) * 0.25);
    at(EVENT.leftRelease, 0.5);
  }
  return rows;
}

describe.each(KINDS)("with $kind", ({ useRawArray }) => {
  test.each(TIMERS)("a queue full of wheels and drags is applied to the last, by $timer", async (timer) => {
    const { withoutIrenStart, useAsyncio } = timer;
    using show = threeSpheres([300, 200]);
    using client = new FuryStreamClient(show, { useRawArray, withoutIrenStart });
    using interaction = new FuryStreamInteraction(show, { maxQueueSize: 500, useRawArray, withoutIrenStart });
    client.start();
    show.render();
    const before = show.cameraState;
    using server = attachQueue(interaction.circularQueue);
    const rows = script();
    for (const row of rows) expect(server.enqueue(row)).toBeTrue();
    interaction.start(3, useAsyncio);
    await eventually(() => interaction.circularQueue.head === -1, "the queue is empty");
    await eventually(() => interaction.applied === rows.length, "all events were applied");
    expect(show.cameraState).not.toEqual(before);
    expect([interaction.stop(), interaction.stop()]).toEqual([true, false]);
    server.enqueue(rows[0] ?? []);
    await severalTicks(3);
    expect(interaction.circularQueue.isEmpty).toBeFalse();
  });
});
