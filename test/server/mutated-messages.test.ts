import { expect, setDefaultTimeout, test } from "bun:test";
import { TestRenderer } from "../encode/producers.ts";
import { randomNumbers } from "../support/random.ts";
import { RunningScenecast } from "../support/scenecast.ts";
import { FrameClient } from "./frame-client.ts";

setDefaultTimeout(60_000);

const MESSAGES = 20_000;
/** Below the flood limit of one socket. */
const MESSAGES_PER_SOCKET = 1000;
/** Maximum resident memory of the server, relative to that after the first tenth of the messages. */
const MAX_GROWTH = 2;

const position = { x: 0.5, y: 0.25, ctrlKey: 0, shiftKey: 1, timestampInMs: 5 };
const pointer = { x: 5, y: 5, button: 1, buttons: [1], modifiers: ["Shift"], time_stamp: 1 };
/** One valid message of each kind in the protocol. */
const VALID: readonly string[] = [
  { type: "hello", viewer: "viewer-0001" },
  { type: "ping", time: 5 },
  { type: "frames", encoding: "jpeg", lossless: true },
  { type: "frames", encoding: "video" },
  { type: "ack", frame: 1 },
  { type: "keyframe" },
  { type: "weel", deltaY: 120, timestampInMs: 4 },
  { type: "mouseMove", ...position },
  { type: "mouseLeftClick", on: 1, mouseButton: 0, ...position },
  { event_type: "pointer_down", ...pointer },
  { event_type: "pointer_move", ...pointer },
  { event_type: "pointer_up", ...pointer },
  { event_type: "wheel", dx: 1, dy: 5, x: 1, y: 1, time_stamp: 1 },
  { event_type: "key_down", key: "r", time_stamp: 1 },
  { event_type: "resize", width: 300, height: 200, pixel_ratio: 1 },
].map((message) => JSON.stringify(message));

/** Replacements for parts of a message. */
const TOKENS = [
  "1e999",
  "-1",
  "1e308",
  "null",
  "true",
  '""',
  "[]",
  "{}",
  '"__proto__"',
  "\\u0000",
  "\u{1f600}",
];
const NUMBERS = /-?\d+(\.\d+)?/g;

const random = randomNumbers(20261129);
const below = (count: number) => Math.floor(random() * count);
const pick = <Value>(values: readonly [Value, ...Value[]] | readonly Value[]): Value =>
  values[below(values.length)] as Value;

function mutate(text: string): string {
  const at = below(text.length + 1);
  const end = at + below(8);
  switch (below(7)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, at) + pick(TOKENS) + text.slice(end);
    case 3:
      return text.replace(NUMBERS, (number) => (below(2) ? number : pick(TOKENS)));
    case 4:
      return text.slice(0, at) + String.fromCharCode(below(0x10000)) + text.slice(at + 1);
    case 5:
      return text.slice(0, at) + pick(VALID) + text.slice(at);
    default:
      return text.slice(0, at) + text.slice(at).repeat(below(40));
  }
}

function mutated(): string | Uint8Array<ArrayBuffer> {
  let text = pick(VALID);
  for (let times = below(4); times > 0; times--) text = mutate(text);
  return below(20) === 0 ? new TextEncoder().encode(text) : text;
}

/** Sends mutated messages on one socket. Settles when the server has answered a final ping, or closed the socket. */
async function send(url: string, count: number): Promise<void> {
  const socket = new WebSocket(new URL("ws", url).href.replace(/^http/, "ws"));
  socket.binaryType = "arraybuffer";
  const done = Promise.withResolvers<void>();
  socket.addEventListener("close", () => done.resolve());
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string" && data.includes('"pong"') && data.includes("987654321")) done.resolve();
  });
  socket.addEventListener("open", () => {
    for (let sent = 0; sent < count; sent++) socket.send(mutated());
    socket.send('{"type":"ping","time":987654321}');
  });
  await done.promise;
  socket.close();
}

async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(new URL("metrics", url))).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
}

test("20,000 mutated messages affect neither the server nor another viewer, and leak no memory", async () => {
  using renderer = new TestRenderer();
  renderer.images.eventCapabilities = { resize: true, keys: true, doubleClick: true };
  const { image_buffer_names, info_buffer_name, ...queue } = renderer.names;
  await using app = await RunningScenecast.start([
    ...["serve", "--image-buffers", image_buffer_names.join(","), "--info-buffer", info_buffer_name],
    ...["--queue-buffer", queue.queue_buffer_name, "--queue-head-tail", queue.queue_head_tail_buffer_name],
  ]);
  const viewer = await FrameClient.open(app.url);
  let baseline = 0;
  for (let sent = 0; sent < MESSAGES; sent += MESSAGES_PER_SOCKET) {
    renderer.writeGrey(50 + sent / MESSAGES_PER_SOCKET);
    await send(app.url, MESSAGES_PER_SOCKET);
    while (renderer.queue.dequeue() !== null);
    if (sent === MESSAGES / 10) baseline = await residentBytes(app.url);
  }
  renderer.writeGrey(200);
  await viewer.waitForGrey(200);
  expect(await residentBytes(app.url)).toBeLessThan(MAX_GROWTH * baseline);
  viewer.close();
});
