import { heapStats } from "bun:jsc";
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { readdirSync } from "node:fs";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { solid } from "../encode/producers.ts";
import { eventually } from "../server/clients.ts";
import { testIf } from "../support/test-if.ts";
import { PatternRenderer } from "../web/pattern-renderer.ts";
import { offerSdp } from "../webrtc/test-peer.ts";
import { missingAiortc } from "./aiortc-viewer.ts";
import { LightReceivers } from "./light-receivers.ts";

setDefaultTimeout(120_000);
const missing = missingAiortc();
const aiortc = testIf(missing);

const SIZE = [320, 180] as const;
const VIEWERS = 8;
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

/** Viewers join and leave: by close_notify (offer), or by DELETE (whep). */
async function round(via: "offer" | "whep"): Promise<void> {
  await using receivers = await LightReceivers.join(server.url, VIEWERS, via);
  expect(receivers.joinMs.length).toBe(VIEWERS);
}

/** Number of open files, sockets included. */
const openFiles = () => readdirSync("/proc/self/fd").length;
const threads = () => readdirSync("/proc/self/task").length;

/** Numbers of reachable objects of the types that a peer consists of. */
async function objects(): Promise<Record<string, number>> {
  // A settled promise releases its references in the next turn of the event loop.
  for (let pass = 0; pass < 3; pass++) {
    Bun.gc(true);
    await new Promise(setImmediate);
  }
  const { objectTypeCounts } = heapStats();
  const kinds = ["Object", "Function", "Promise", "Uint8Array", "ArrayBuffer", "Timeout"];
  return Object.fromEntries(kinds.map((kind) => [kind, objectTypeCounts[kind] ?? 0]));
}

aiortc("viewers that join and leave repeatedly leave no objects, sockets or threads behind", async () => {
  // The first viewers load modules and files that are never released.
  await round("offer");
  await round("whep");
  await eventually(() => server.viewers === 0, "the first viewers are disconnected");
  const before = { objects: await objects(), openFiles: openFiles(), threads: threads() };

  // Some vanish without a goodbye, and some never connect: they time out while others join and leave.
  const vanishing = await LightReceivers.join(server.url, VIEWERS);
  process.kill(vanishing.pid, "SIGKILL");
  const sdp = await offerSdp();
  for (let i = 0; i < 30; i++) {
    await fetch(`${server.url}offer`, { method: "POST", body: JSON.stringify({ type: "offer", sdp }) });
  }
  for (let count = 0; count < ROUNDS; count++) await round(count % 2 === 0 ? "offer" : "whep");
  await vanishing[Symbol.asyncDispose]();

  await eventually(() => server.viewers === 0, "all viewers are disconnected", 30_000);
  expect(server.state.viewers).toEqual([]);
  await eventually(() => openFiles() <= before.openFiles, "their sockets are closed", 60_000);
  // Bun starts and stops threads of its own.
  expect(threads()).toBeLessThanOrEqual(before.threads + 4);
  const after = await objects();
  // A peer consists of thousands of objects.
  for (const [kind, count] of Object.entries(after)) {
    expect({ kind, more: count - (before.objects[kind] ?? 0) < VIEWERS * ROUNDS }).toEqual({
      kind,
      more: true,
    });
  }
});
