// Soak test: bun scripts/fuzz/soak.ts [MINUTES] (default 30). Mixed load on one `view`: MJPEG readers, WebSockets that steer and take
// JPEG or VP8, WebRTC peers that join and leave, snapshots, resizes, a flooding socket, and a renderer killed every three minutes.
// Prints memory, descriptors, threads and segments of server and renderer once a minute. Exits with 1 if the server does not exit
// cleanly, or leaves segments behind.
import { readdirSync, readFileSync } from "node:fs";
import { MjpegClient } from "../../test/server/clients.ts";
import { RunningScenecast, remaining, segmentsOf } from "../../test/support/scenecast.ts";
import { connectPeer } from "../../test/webrtc/test-peer.ts";
import { openSocket } from "../bench/viewer.ts";

const MINUTES = Number(process.argv[2] ?? 30);
const endsAt = performance.now() + MINUTES * 60_000;
const isRunning = () => performance.now() < endsAt;
const counts = { mjpeg: 0, jpeg: 0, video: 0, webrtc: 0, snapshots: 0, floods: 0, kills: 0, failures: 0 };

await using server = await RunningScenecast.start(["view", "--size", "640x360"]);
const { url, pid } = server;

const rendererOf = (): number | undefined => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return children
    .map(Number)
    .find((child) => readFileSync(`/proc/${child}/cmdline`, "utf8").includes("__renderer"));
};

/** Repeats a client until the end of the test. */
async function repeat(name: string, run: () => Promise<void>, pauseMs = 500): Promise<void> {
  while (isRunning()) {
    try {
      await run();
    } catch (error) {
      counts.failures++;
      console.error(`${name}: ${error}`);
    }
    await Bun.sleep(pauseMs);
  }
}

async function watchMjpeg(): Promise<void> {
  const client = await MjpegClient.open(url);
  for (let part = 0; part < 200 && isRunning(); part++) if ((await client.next()) !== null) counts.mjpeg++;
  client.close();
}

/** Opens a frame socket, drags for 10 s, and closes it; sometimes with a button down. */
async function steer(encoding: "jpeg" | "video"): Promise<void> {
  const socket = await openSocket(url, `?viewer=soak-${encoding}-${crypto.randomUUID()}`);
  socket.binaryType = "arraybuffer";
  const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
  socket.addEventListener("message", ({ data }) => {
    if (!(data instanceof ArrayBuffer)) return;
    counts[encoding]++;
    // Acknowledges the frame, as the page does.
    socket.send(JSON.stringify({ type: "ack", frame: new DataView(data).getUint32(4, true) }));
  });
  const send = (message: object) => socket.send(JSON.stringify(message));
  send({ type: "frames", encoding });
  send({
    event_type: "resize",
    width: 480 + 80 * Math.floor(4 * Math.random()),
    height: 360,
    pixel_ratio: 1,
  });
  const pointer = { button: 1, buttons: [1], modifiers: [], ntouches: 0, touches: {} };
  for (let step = 0; step < 300 && isRunning() && socket.readyState === WebSocket.OPEN; step++) {
    const at = {
      x: 200 + 100 * Math.cos(step / 20),
      y: 150 + 80 * Math.sin(step / 20),
      time_stamp: Date.now(),
    };
    if (step % 100 === 0) send({ event_type: "pointer_down", ...pointer, ...at });
    else send({ event_type: "pointer_move", ...pointer, ...at });
    if (step % 100 === 90 && Math.random() < 0.7) send({ event_type: "pointer_up", ...pointer, ...at });
    await Bun.sleep(33);
  }
  socket.close();
  await closed;
}

async function joinByWebrtc(): Promise<void> {
  const peer = await connectPeer(async (body) => {
    const headers = { "Content-Type": "application/sdp" };
    const response = await fetch(`${url}whep`, { method: "POST", headers, body });
    if (response.status !== 201) throw new Error(await response.text());
    return response.text();
  });
  counts.webrtc++;
  await Bun.sleep(5_000 + 10_000 * Math.random());
  await peer.closeSockets();
}

async function flood(): Promise<void> {
  const socket = await openSocket(url);
  const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
  for (let i = 0; i < 20_000 && socket.readyState === WebSocket.OPEN; i++) {
    socket.send(i % 2 ? "{" : "x".repeat(200));
    if (i % 200 === 0) await Bun.sleep(1);
  }
  counts.floods++;
  socket.close();
  await closed;
}

async function killRenderer(): Promise<void> {
  await Bun.sleep(Math.min(180_000, Math.max(0, endsAt - performance.now())));
  const renderer = rendererOf();
  if (renderer === undefined || !isRunning()) return;
  process.kill(renderer, "SIGKILL");
  counts.kills++;
}

async function takeSnapshot(): Promise<void> {
  const response = await fetch(new URL(Math.random() < 0.5 ? "snapshot.jpg" : "snapshot.png", url));
  await response.arrayBuffer();
  if (response.ok) counts.snapshots++;
}

function figuresOf(process_: number): string[] {
  const status = readFileSync(`/proc/${process_}/status`, "utf8");
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  const descriptors = readdirSync(`/proc/${process_}/fd`).length;
  return [
    `${Math.round(field("VmRSS") / 1024)}`,
    `${descriptors}`,
    `${field("Threads")}`,
    `${segmentsOf(process_).length}`,
  ];
}

let segments: string[] = [];
async function report(): Promise<void> {
  console.log(
    "| min | server MiB | fds | threads | segments | renderer MiB | fds | threads | segments | viewers | counts |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|---|---|");
  for (let minute = 0; isRunning(); minute++) {
    const renderer = rendererOf();
    const state = (await (await fetch(new URL("state", url))).json()) as { viewers: unknown[] };
    const theirs = renderer === undefined ? ["-", "-", "-", "-"] : figuresOf(renderer);
    const row = [
      `${minute}`,
      ...figuresOf(pid),
      ...theirs,
      `${state.viewers.length}`,
      JSON.stringify(counts),
    ];
    segments = [...new Set([...segments, ...segmentsOf(pid)])];
    console.log(`| ${row.join(" | ")} |`);
    await Bun.sleep(60_000);
  }
}

await Promise.all([
  report(),
  repeat("mjpeg", watchMjpeg),
  repeat("jpeg", () => steer("jpeg")),
  repeat("video", () => steer("video")),
  repeat("video 2", () => steer("video"), 3_000),
  repeat("webrtc", joinByWebrtc, 2_000),
  repeat("flood", flood, 60_000),
  repeat("kill", killRenderer),
  repeat("snapshots", takeSnapshot, 4_000),
]);
await Bun.sleep(2_000);
console.log(`at rest: server ${figuresOf(pid).join(" ")}`);
const { exitCode, stderr } = await server.stop();
const left = remaining(segments);
console.log({ exitCode, left, log: stderr.split("\n").slice(-12) });
// werift's timers would keep this process running.
process.exit(exitCode !== 0 || left.length > 0 ? 1 : 0);
