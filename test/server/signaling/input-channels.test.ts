import { expect, test } from "bun:test";
import { Event, type RTCDataChannel } from "werift";
import { NO_EXTRA_EVENTS } from "../../../src/memory/event-row.ts";
import { DATA_CHANNELS } from "../../../src/protocol/paths.ts";
import { Hub } from "../../../src/server/hub.ts";
import { InputChannels } from "../../../src/server/signaling/input-channels.ts";
import { eventually } from "../clients.ts";

/** A hub that records every event. */
function recordingHub(rows: Float64Array[]): Hub {
  const hub = new Hub({});
  Object.defineProperty(hub.renderer, "eventCapabilities", { value: { ...NO_EXTRA_EVENTS, keys: true } });
  hub.push = (row) => rows.push(row) > 0;
  return hub;
}

class FakeChannel {
  readonly bufferedAmount = 0;
  readonly sent: string[] = [];
  readonly onMessage = new Event<[string | Buffer]>();
  readonly stateChanged = new Event<[string]>();
  isOpen = true;

  constructor(readonly label: string) {}

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.isOpen = false;
  }
}

test("a peer that floods its data channels is disconnected, and the button that it has down is released", async () => {
  const rows: Float64Array[] = [];
  let floods = 0;
  const channels = new InputChannels(recordingHub(rows), "viewer-0001", "control", () => {
    floods++;
    // As when the peer connection closes.
    channels.close();
  });
  const [moves, events] = [new FakeChannel(DATA_CHANNELS.moves), new FakeChannel(DATA_CHANNELS.events)];
  channels.add(moves as unknown as RTCDataChannel);
  channels.add(events as unknown as RTCDataChannel);
  const position = { x: 0.5, y: 0.5, ctrlKey: 0, shiftKey: 0, timestampInMs: 1 };
  events.onMessage.execute(JSON.stringify({ type: "mouseLeftClick", on: 1, mouseButton: 0, ...position }));
  // More than the rate limit allows in twenty seconds.
  for (let count = 0; count < 90_000; count++) {
    moves.onMessage.execute(count % 2 ? "" : Buffer.alloc(1));
  }
  await eventually(() => rows.length >= 2, "the button is released");
  expect(rows.map(([id]) => id)).toEqual([3, 4]);
  expect([floods, moves.isOpen, events.isOpen]).toEqual([1, false, false]);
  // At most 200 of the 90,000 errors are answered, and 100 a second.
  expect(events.sent.length).toBeLessThan(5000);
});
