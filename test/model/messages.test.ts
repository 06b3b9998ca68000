import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { startServer } from "../../src/page-server.ts";
import { TestRenderer } from "../encode/producers.ts";
import { eventually, SocketClient } from "../server/clients.ts";
import { holdsForAllAsync } from "./property.ts";

setDefaultTimeout(60_000);

/** A value of any type for a field. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom(
    -1,
    0,
    1,
    2,
    3,
    0.5,
    true,
    false,
    null,
    "1",
    "",
    100,
    101,
    -1e5,
    1e6,
    1e15,
    1e16,
    5e-324,
    [],
    {},
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const fraction = fc.double({ min: -100, max: 100, noNaN: true });
const flag = fc.constantFrom(0, 1, true, false);
const position = {
  x: fraction,
  y: fraction,
  ctrlKey: flag,
  shiftKey: flag,
  timestampInMs: fc.double({ min: 0, max: 1e15, noNaN: true }),
};
const valid = fc.oneof(
  fc.record({
    type: fc.constant("weel"),
    deltaY: fc.double({ min: -1e5, max: 1e5, noNaN: true }),
    timestampInMs: position.timestampInMs,
  }),
  fc.record({ type: fc.constant("mouseMove"), ...position }),
  fc.record({
    type: fc.constant("mouseLeftClick"),
    on: fc.constantFrom(0, 1),
    mouseButton: fc.constantFrom(0, 1, 2),
    ...position,
  }),
);
type Fields = Record<string, unknown>;

/** FURY's messages, with up to two fields that are missing, replaced or added. */
const message = fc
  .tuple(
    valid,
    fc.array(fc.record({ field: fc.nat(9), value: fc.option(anything, { nil: undefined }) }), {
      maxLength: 2,
    }),
  )
  .map(([fields, changes]) => {
    const changed: Fields = { ...fields };
    for (const { field, value } of changes) {
      const names = [...Object.keys(fields).filter((name) => name !== "type"), "more"];
      changed[names[field % names.length] ?? "more"] = value;
    }
    return changed;
  });

const isNumber = (value: unknown, min: number, max: number): value is number =>
  typeof value === "number" && value >= min && value <= max;
const isFlag = (value: unknown) => [0, 1, true, false].includes(value as number);

/** The row that FURY's consumer must receive for a message; null if the message must be refused. */
function expectedRow(sent: Fields): number[] | null {
  const { type, deltaY, x, y, ctrlKey, shiftKey, timestampInMs, on, mouseButton } = sent;
  if (!isNumber(timestampInMs, 0, 1e15)) return null;
  if (type === "weel") return isNumber(deltaY, -1e5, 1e5) ? [1, deltaY, 0, 0, 0, 0, timestampInMs, 0] : null;
  if (!isNumber(x, -100, 100) || !isNumber(y, -100, 100) || !isFlag(ctrlKey) || !isFlag(shiftKey))
    return null;
  const restOfRow = [0, x, y, Number(ctrlKey), Number(shiftKey), timestampInMs, 0];
  if (type === "mouseMove") return [2, ...restOfRow];
  const isClick = (on === 0 || on === 1) && (mouseButton === 0 || mouseButton === 1 || mouseButton === 2);
  return isClick ? [(mouseButton + 1) * 2 + (on ? 0 : 1) + 1, ...restOfRow] : null;
}

/** Messages outside of the schema: any JSON, invalid JSON, and bytes. */
const noise = fc.oneof(
  fc.json(),
  fc.string({ maxLength: 200, unit: "binary" }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes)),
  message.map((fields) => JSON.stringify(fields).slice(0, -1)),
  message.map((fields) => JSON.stringify([fields])),
);

test("any message becomes the row that FURY's consumer expects, or an error on the same socket", async () => {
  await using server = await startServer({ port: 0 });
  using renderer = new TestRenderer();
  server.attach(renderer.names);
  const scenario = fc.array(fc.oneof(message, noise), { minLength: 1, maxLength: 5 });
  await holdsForAllAsync(scenario, 600, async (messages) => {
    // A new socket for each run: the faults answered per socket are limited.
    const socket = await SocketClient.open(server.url);
    await socket.settle();
    for (const sent of messages) {
      if (sent === "close") continue;
      const isFields = typeof sent === "object" && !(sent instanceof Uint8Array);
      socket.send(isFields ? JSON.stringify(sent) : sent);
      const errors = (await socket.settle()).filter(({ type }) => type === "error");
      const row = isFields ? expectedRow(JSON.parse(JSON.stringify(sent))) : null;
      if (row) await eventually(() => !renderer.queue.isEmpty, `a row for ${JSON.stringify(sent)}`, 2000);
      const dequeued = renderer.queue.dequeue();
      expect(dequeued && Array.from(dequeued)).toEqual(row);
      expect(errors.length).toBe(row ? 0 : 1);
      expect(renderer.queue.isEmpty).toBeTrue();
    }
    socket.close();
    await eventually(() => server.state.viewers.length === 0, "the viewer has gone");
    // Discards the releases of the buttons that it held.
    while (renderer.queue.dequeue() !== null);
  });
});
