import { heapStats } from "bun:jsc";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { solid } from "../encode/producers.ts";
import { eventually } from "../server/clients.ts";
import { PatternRenderer } from "../web/pattern-renderer.ts";
import { offerText } from "../webrtc/test-peer.ts";
import { whyNoAiortc } from "./aiortc-viewer.ts";
import { LightReceivers } from "./light-receivers.ts";

setDefaultTimeout(60_000);
const whyNot = whyNoAiortc();
if (whyNot) console.error(`skipped: the soak of WebRTC, because ${whyNot}`);
const aiortc = test.skipIf(whyNot !== "");

const SIZE = [320, 180] as const;
const AT_ONCE = 8;
const ROUNDS = 10;

let renderer: PatternRenderer;
let server: ScenecastServer;
let painting: ReturnType<typeof setInterval>;
beforeAll(async () => {
  renderer = new PatternRenderer();
  server = await startServer({ port: 0 });
  server.attach(renderer.names);
  const pixels = solid(...SIZE, [0, 0, 0, 255]);
  let number = 0;
  painting = setInterval(() => {
    pixels.fill(number++ & 0xff, 0, pixels.length / 2);
    renderer.images.write(...SIZE, pixels);
  }, 33);
});
afterAll(async () => {
  clearInterval(painting);
  await server.stop();
  renderer[Symbol.dispose]();
});

/** Some join, and leave: by a DTLS goodbye, or by DELETE. */
async function round(via: "offer" | "whep"): Promise<void> {
  await using receivers = await LightReceivers.join(server.url, AT_ONCE, via);
  expect(receivers.joinMs.length).toBe(AT_ONCE);
}

/** With all other open files. */
const sockets = () => readdirSync("/proc/self/fd").length;
const threads = () => readdirSync("/proc/self/task").length;

/** How many objects of the kinds that a peer is made of are reachable. */
async function objects(): Promise<Record<string, number>> {
  // What a finished promise held is let go of in the next turn.
  for (let pass = 0; pass < 3; pass++) {
    Bun.gc(true);
    await new Promise(setImmediate);
  }
  const { objectTypeCounts } = heapStats();
  const kinds = ["Object", "Function", "Promise", "Uint8Array", "ArrayBuffer", "Timeout"];
  return Object.fromEntries(kinds.map((kind) => [kind, objectTypeCounts[kind] ?? 0]));
}

aiortc("a soak of joins and leaves leaves nothing behind", async () => {
  // What is loaded and opened with the first ones stays.
  await round("offer");
  await round("whep");
  await eventually(() => server.viewers === 0, "the first have gone");
  const before = { objects: await objects(), sockets: sockets(), threads: threads() };

  // These go without a word, and these never come: they are given up while others join and leave.
  const vanishing = await LightReceivers.join(server.url, AT_ONCE);
  process.kill(vanishing.pid, "SIGKILL");
  const sdp = await offerText();
  for (let i = 0; i < 30; i++) {
    await fetch(`${server.url}offer`, { method: "POST", body: JSON.stringify({ type: "offer", sdp }) });
  }
  for (let count = 0; count < ROUNDS; count++) await round(count % 2 === 0 ? "offer" : "whep");
  await vanishing[Symbol.asyncDispose]();

  await eventually(() => server.viewers === 0, "all have gone", 30_000);
  expect(server.state.viewers).toEqual([]);
  await eventually(() => sockets() <= before.sockets, "their sockets are closed", 30_000);
  // Bun has some of its own, which come and go.
  expect(threads()).toBeLessThanOrEqual(before.threads + 4);
  const after = await objects();
  // A peer is thousands of objects.
  for (const [kind, count] of Object.entries(after)) {
    expect({ kind, more: count - (before.objects[kind] ?? 0) < AT_ONCE * ROUNDS }).toEqual({
      kind,
      more: true,
    });
  }
});
