import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { RunningScenecast } from "../support/scenecast.ts";
import { hasPython } from "./fury-peer.ts";
import { FuryProgram, type ProgramOptions, whyNoNumpy } from "./fury-program.ts";
import { served } from "./served.ts";
import { rowOf, type Sent, ViewerInput } from "./viewer-input.ts";

setDefaultTimeout(60_000);
const python = hasPython();
const skipReason = whyNoNumpy();

/** Consumers by what they do. FURY's interaction client dequeues one event every 3 ms, its Widget one every 33 ms. */
const CONSUMERS: Record<string, ProgramOptions> = {
  "dequeues one event every 3 ms": { take: "one", poll_ms: 3 },
  "dequeues all events every 3 ms": { take: "all", poll_ms: 3 },
  "reads an event long after it dequeued it": { take: "one", poll_ms: 3, dwell_ms: 0.3 },
  "pauses twice": {
    take: "all",
    poll_ms: 3,
    pauses: [
      [100, 0.4],
      [300, 0.3],
    ],
  },
};

/** Presses and releases of one button, numbered from `first`. */
function clicks(count: number, button: 0 | 1 | 2 = 0, first = 1): Sent[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: index % 2 ? "release" : "press",
    button,
    number: first + index,
  }));
}

describe.skipIf(!python)("a FURY program in Python that is served", () => {
  test.each(Object.entries(CONSUMERS))(
    "a consumer that %s gets 500 clicks at 1,000 a second exactly once, in order and unchanged",
    async (_, consumer) => {
      const sent = clicks(500);
      const dequeued = await served({ ...consumer, queue: 20, until: 500 }, async (open, app) => {
        await (await open()).sendAtRate(sent, 1000);
        const { events } = await app.state<{ events: { accepted: number; refused: number } }>();
        expect(events).toMatchObject({ accepted: 500, refused: 0 });
      });
      expect(dequeued).toEqual(sent.map(rowOf));
    },
  );

  test.each([
    ...Object.entries(CONSUMERS).map(([name, consumer]) => [name, 20, consumer] as const),
    ["dequeues one event every 33 ms", 5, { take: "one", poll_ms: 33 }] as const,
    ["dequeues one event every 3 ms from the smallest queue", 1, { take: "one", poll_ms: 3 }] as const,
  ])(
    "a consumer that %s gets every click of a burst of ten times its queue of %i",
    async (_, queue, consumer) => {
      const sent = clicks(10 * queue);
      const dequeued = await served({ ...consumer, queue, until: sent.length }, async (open) =>
        (await open()).sendBurst(sent),
      );
      expect(dequeued).toEqual(sent.map(rowOf));
    },
  );

  test("a consumer receives the clicks of four viewers in each viewer's order, with none between a press and its release", async () => {
    const all = [0, 1, 2, 3].map((viewer) => clicks(250, (viewer % 3) as 0 | 1 | 2, viewer * 1000 + 1));
    await using fury = await FuryProgram.start({ take: "all", poll_ms: 3, queue: 20, until: 9999 });
    await using app = await RunningScenecast.start(fury.serveCommand);
    const inputs = await Promise.all(all.map(() => ViewerInput.open(app)));
    await Promise.all(inputs.map((input, viewer) => input.sendAtRate(all[viewer] ?? [], 250)));
    // The viewer that clicked last has the grip, until it leaves.
    for (const input of inputs.slice(1)) input[Symbol.dispose]();
    await app.state<{ viewers: unknown[] }>(({ viewers }) => viewers.length === 1);
    await inputs[0]?.sendBurst([{ kind: "wheel", delta: 1, number: 9999 }]);
    const { taken } = await fury.report;
    inputs[0]?.[Symbol.dispose]();
    const events = new Map(all.flat().map((event) => [event.number, event]));
    const numbers = taken.slice(0, -1).map((row) => row[6] ?? 0);
    expect(taken.slice(0, -1)).toEqual(
      numbers.map((number) => rowOf(events.get(number) ?? { kind: "move", number })),
    );
    expect(numbers.length).toBeGreaterThan(0);
    for (const [index, number] of numbers.entries()) {
      // Presses have the odd numbers.
      if (index % 2 === 0) expect([number % 2, numbers[index + 1]]).toEqual([1, number + 1]);
    }
    for (const viewer of all.keys()) {
      const own = numbers.filter((number) => Math.floor(number / 1000) === viewer);
      expect(own).toEqual(own.toSorted((one, other) => one - other));
    }
  });

  test("a consumer stopped repeatedly at any moment, for longer than a stale lock, loses no event", async () => {
    const sent = clicks(300);
    await using fury = await FuryProgram.start({ take: "all", poll_ms: 0.5, queue: 5, until: 300 });
    await using app = await RunningScenecast.start(fury.serveCommand);
    using input = await ViewerInput.open(app);
    for (const [turn, seconds] of [0.1, 1.3, 0.1, 0.1, 1.3].entries()) {
      fury.suspend();
      const sending = input.sendBurst(sent.slice(turn * 50, turn * 50 + 25));
      await Bun.sleep(seconds * 1000);
      fury.resume();
      await sending;
      await input.sendAtRate(sent.slice(turn * 50 + 25, turn * 50 + 50), 1000);
    }
    await input.sendBurst(sent.slice(250));
    expect((await fury.report).taken).toEqual(sent.map(rowOf));
    expect(input.refused).toEqual([]);
  });

  test("a consumer receives the clicks of a viewer that leaves immediately, and the release of its buttons", async () => {
    await using fury = await FuryProgram.start({ take: "all", poll_ms: 3, queue: 20 });
    await using app = await RunningScenecast.start(fury.serveCommand);
    const input = await ViewerInput.open(app);
    for (const event of clicks(3)) input.send(event);
    input[Symbol.dispose]();
    using queue = fury.attachQueue();
    await app.state<{ events: { accepted: number; pending: number } }>(
      ({ events }) => events.accepted === 4 && events.pending === 0 && queue.isEmpty,
    );
    const { taken } = await fury.stop();
    expect(taken.map(([id, , , , , , number]) => [id, number])).toEqual([
      [3, 1],
      [4, 2],
      [3, 3],
      [4, 3],
    ]);
  });

  test("a consumer receives no event beyond FURY's eight, which would make it raise an exception", async () => {
    const dequeued = await served({ take: "all", poll_ms: 3, queue: 20, until: 2 }, async (open) => {
      const input = await open();
      const pointer = { x: 10, y: 10, time_stamp: 1 };
      input.sendRaw({ event_type: "resize", width: 300, height: 200, pixel_ratio: 2 });
      input.sendRaw({ event_type: "key_down", key: "r", time_stamp: 1 });
      input.sendRaw({ event_type: "key_up", key: "r", time_stamp: 1 });
      input.sendRaw({ event_type: "pointer_down", button: 1, ...pointer });
      input.sendRaw({ event_type: "double_click", button: 1, ...pointer });
      input.sendRaw({ event_type: "pointer_up", button: 1, ...pointer });
      input.sendRaw({ event_type: "wheel", dy: 3, time_stamp: 1 });
      await input.sendBurst(clicks(2));
    });
    expect(dequeued.map(([id]) => id)).toEqual([3, 4, 1, 3, 4]);
  });
});

test.skipIf(skipReason !== "")(
  "a numpy producer receives 1,000 events per second and bursts of ten times its queue exactly once",
  async () => {
    await using fury = await FuryProgram.startNumpyProducer(["--mode=silent", "--size=64x48", "--queue=20"]);
    await using app = await RunningScenecast.start(fury.serveCommand);
    using input = await ViewerInput.open(app);
    await input.sendAtRate(clicks(1000), 1000);
    await input.sendBurst(clicks(200, 2, 1001));
    using queue = fury.attachQueue();
    await app.state<{ events: { pending: number } }>(({ events }) => events.pending === 0 && queue.isEmpty);
    const report = await fury.stop();
    expect(report).toMatchObject({ events: 1200, ids: [3, 4, 7, 8] });
    expect(report.first_rows).toEqual(clicks(5).map(rowOf));
    expect(input.refused).toEqual([]);
  },
);
