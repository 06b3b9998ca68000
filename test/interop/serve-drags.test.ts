import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { RunningScenecast } from "../support/scenecast.ts";
import { hasPython } from "./fury-peer.ts";
import { FuryProgram } from "./fury-program.ts";
import { served } from "./served.ts";
import { rowOf, type Sent, ViewerInput } from "./viewer-input.ts";

setDefaultTimeout(60_000);
const python = hasPython();

/** Drags, with the wheel turned and the pointer moved in between; the last event is a release. */
function drags(count: number): Sent[] {
  return Array.from({ length: count }, (_, index): Sent => {
    const number = index + 1;
    if (number === count) return { kind: "release", button: 0, number };
    if (index % 20 === 0) return { kind: "press", button: 0, number };
    if (index % 20 === 12) return { kind: "release", button: 0, number };
    return index % 20 > 14 ? { kind: "wheel", delta: (index % 5) + 1, number } : { kind: "move", number };
  });
}

/** Removes the moves while no button is down. */
function withoutHover(sent: readonly Sent[]): Sent[] {
  let isDown = false;
  return sent.filter(({ kind }) => {
    if (kind === "press" || kind === "release") isDown = kind === "press";
    return kind !== "move" || isDown;
  });
}

/**
 * The rows to which `sent` may be merged: no moves without a button; consecutive moves to the newest one; consecutive wheel events
 * to one with the same total zoom (1 - delta / 1000 each). All other events are unchanged.
 */
function expectedRows(sent: readonly Sent[], dequeued: readonly number[][]): number[][] {
  const numbers = new Set(dequeued.map((row) => row[6]));
  const expected: number[][] = [];
  let zoom = 1;
  const events = withoutHover(sent);
  for (const [index, event] of events.entries()) {
    const next = events[index + 1];
    const isMergeable = event.kind === "move" || event.kind === "wheel";
    const row = rowOf(event);
    if (event.kind === "wheel") zoom *= 1 - event.delta / 1000;
    if (isMergeable && next?.kind === event.kind && !numbers.has(event.number)) continue;
    if (event.kind === "wheel") row[1] = expect.closeTo(1000 - 1000 * zoom, 6);
    zoom = 1;
    expected.push(row);
  }
  return expected;
}

describe.skipIf(!python)("a FURY program in Python that is served", () => {
  test.each([
    ["dequeues all events every 3 ms", 1000, 1000, { take: "all", poll_ms: 3 }],
    ["dequeues one event every 3 ms", 1000, 1000, { take: "one", poll_ms: 3 }],
    ["dequeues one event every 33 ms", 200, 100, { take: "one", poll_ms: 33 }],
    ["dequeues all events every 33 ms", 400, 500, { take: "all", poll_ms: 33 }],
  ] as const)(
    "a consumer that %s receives drags: %i events, %i a second, and at most consecutive moves are merged",
    async (_, count, rate, consumer) => {
      const sent = drags(count);
      const dequeued = await served({ ...consumer, queue: 20, until: count }, async (open) =>
        (await open()).sendAtRate(sent, rate),
      );
      expect(dequeued).toEqual(expectedRows(sent, dequeued));
    },
  );

  test("a consumer that renders after each event receives none of 120 moves without a button", async () => {
    const hover = (first: number) =>
      Array.from({ length: 120 }, (_, index): Sent => ({ kind: "move", number: first + index }));
    const drag: Sent[] = [
      { kind: "press", button: 0, number: 121 },
      { kind: "move", number: 122 },
      { kind: "release", button: 0, number: 123 },
    ];
    const last: Sent = { kind: "wheel", delta: 10, number: 1000 };
    const dequeued = await served({ take: "all", poll_ms: 1, queue: 20, until: 1000 }, async (open) => {
      const input = await open();
      await input.sendBurst(hover(1));
      // One by one, since a pending move is replaced by the next event.
      for (const event of drag) await input.sendBurst([event]);
      await input.sendBurst([...hover(200), last]);
    });
    expect(dequeued).toEqual([...drag, last].map(rowOf));
  });

  test("a consumer that dequeues one event every 33 ms, as FURY's Widget does, gets the newest move", async () => {
    const sent: Sent[] = [
      { kind: "press", button: 0, number: 1 },
      ...Array.from({ length: 60 }, (_, index): Sent => ({ kind: "move", number: index + 2 })),
      { kind: "release", button: 0, number: 62 },
    ];
    await using fury = await FuryProgram.start({ take: "one", poll_ms: 33, queue: 20, until: 62 });
    await using app = await RunningScenecast.start(fury.serveCommand);
    using input = await ViewerInput.open(app);
    fury.suspend();
    await input.sendBurst(sent.slice(0, 1));
    // Longer than MAX_CONSUMER_LAG_MS, so that moves are merged.
    await Bun.sleep(100);
    await input.sendBurst(sent.slice(1));
    fury.resume();
    expect((await fury.report).taken).toEqual([...sent.slice(0, 1), ...sent.slice(-2)].map(rowOf));
  });
});
