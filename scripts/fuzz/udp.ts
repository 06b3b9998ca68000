// UDP fuzzer: bun scripts/fuzz/udp.ts [COUNT [SEED]] sends COUNT (default 100000) mutated datagrams to a running `view`, from joined
// WebRTC peers and from a stranger: STUN with valid and invalid signatures, DTLS records, correctly encrypted RTCP, SCTP with valid
// checksums. Structure-aware, so that the code behind signature, key and checksum is reached. Exits with 1 if the server dies, does
// not answer within 10 s, or serves no more frames.
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { classes, Message, methods } from "werift";
import { randomNumbers } from "../../test/support/random.ts";
import { RunningScenecast } from "../../test/support/scenecast.ts";
import { type ConnectedPeer, connectPeer } from "../../test/webrtc/test-peer.ts";
import { cpuMs } from "../bench/measure.ts";

const COUNT = Number(process.argv[2] ?? 100_000);
const SEED = Number(process.argv[3] ?? 1);
/** Datagrams per peer; then another peer with new keys and tags joins. */
const PER_PEER = 2_000;

const numbers = randomNumbers(SEED);
/** 0 to `below` - 1. */
const random = (below: number) => Math.floor(numbers() * below);
const oneOf = <T>(values: readonly [T, ...T[]]): T => values[random(values.length)] ?? values[0];
const noise = (below: number) => Buffer.from(Array.from({ length: random(below) }, () => random(256)));

/** Value for a length or count field: small, the maximum, half of it, or random. */
const fieldValue = (bits: number) =>
  oneOf([0, 1, 2, 3, 4, 255, 2 ** bits - 1, 2 ** (bits - 1), random(2 ** bits)]);

/** Changes up to four bytes, and sometimes truncates. */
function mutated(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  for (let i = random(5); i > 0 && other.length > 0; i--) other[random(other.length)] = random(256);
  return random(6) === 0 ? other.subarray(0, random(other.length + 1)) : other;
}

function stun(password: string): Buffer {
  const message = new Message(methods.BINDING, oneOf([classes.REQUEST, classes.RESPONSE, classes.ERROR]));
  message.setAttribute("USERNAME", noise(40).toString("latin1"));
  if (random(2)) message.setAttribute("PRIORITY", random(2 ** 32));
  if (random(2)) message.setAttribute("ICE-CONTROLLING", BigInt(random(2 ** 32)));
  if (random(4) === 0) message.setAttribute("ICE-CONTROLLED", BigInt(random(2 ** 32)));
  if (random(2)) message.setAttribute("USE-CANDIDATE", null);
  for (let i = random(4); i > 0; i--) message.appendRawAttribute(random(2 ** 16), noise(60));
  if (random(4)) message.addMessageIntegrity(Buffer.from(password));
  if (random(2)) message.addFingerprint();
  return random(3) === 0 ? mutated(message.bytes) : message.bytes;
}

function dtls(): Buffer {
  const fragment = Buffer.concat([Buffer.from([random(25), 0, 0, random(256)]), noise(200)]);
  const header = Buffer.alloc(13);
  header.writeUInt8(oneOf([20, 21, 22, 22, 23, 24, 63]));
  header.writeUInt16BE(oneOf([0xfefd, 0xfeff, random(2 ** 16)]), 1);
  header.writeUInt16BE(oneOf([0, 0, 1, 2, 65_535]), 3);
  header.writeUIntBE(random(2 ** 20), 5, 6);
  header.writeUInt16BE(random(4) ? fragment.length : fieldValue(16), 11);
  return mutated(Buffer.concat([header, fragment]));
}

/** One packet of a compound RTCP packet: report, feedback or description, with counts that may be wrong. */
function rtcp(ssrc: number): Buffer {
  const type = oneOf([200, 201, 202, 204, 205, 205, 205, 206, 206, 207]);
  const body = Buffer.concat([Buffer.alloc(8), noise(120)]);
  body.writeUInt32BE(random(3) ? ssrc : random(2 ** 32), 4);
  if (type === 205 && body.length >= 20 && random(2)) {
    body.writeUInt16BE(fieldValue(16), 8);
    body.writeUInt16BE(fieldValue(16), 10);
    body.writeUInt32BE(random(2 ** 32), 12);
    body.writeUInt16BE(oneOf([0x1fff, 0x3fff, 0x5fff, 0xbfff, 0xffff, random(2 ** 16)]), 16);
  }
  const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
  const header = Buffer.from([0x80 | oneOf([0, 1, 1, 4, 15, 15, 31]), type, 0, 0]);
  header.writeUInt16BE(random(8) ? padded.length / 4 : fieldValue(16), 2);
  return Buffer.concat([header, padded]);
}

/** One SCTP chunk of any type that does not end the association, with lengths that may be wrong. */
function sctpChunk(tsn: number): Buffer {
  const type = oneOf([0, 0, 0, 1, 2, 3, 3, 4, 5, 9, 10, 11, 130, 192, 64]);
  const body = Buffer.concat([Buffer.alloc(12), noise(80)]);
  body.writeUInt32BE((tsn + oneOf([0, 0, 1, 5, 511, 4000, -3, random(2 ** 31)])) >>> 0, 0);
  body.writeUInt16BE(fieldValue(16), 4);
  body.writeUInt16BE(fieldValue(16), 6);
  body.writeUInt32BE(oneOf([50, 51, 53, 56, 57, random(2 ** 32)]), 8);
  const header = Buffer.from([type, random(8), 0, 0]);
  header.writeUInt16BE(random(8) ? 4 + body.length : fieldValue(16), 2);
  return Buffer.concat([header, body, Buffer.alloc(-body.length & 3)]);
}

/** Private members of werift's SCTP transport. */
interface SctpInternals {
  sctp: { localTsn: number; sendChunk(chunk: { bytes: Buffer }): Promise<void> };
}

async function join(url: string): Promise<ConnectedPeer & { password: string }> {
  let password = "";
  const peer = await connectPeer(async (body) => {
    const headers = { "Content-Type": "application/sdp" };
    const response = await fetch(`${url}whep`, { method: "POST", headers, body });
    const answer = await response.text();
    if (response.status !== 201) throw new Error(`${response.status}: ${answer}`);
    password = /a=ice-pwd:(\S+)/.exec(answer)?.[1] ?? "";
    return answer;
  });
  return { ...peer, password };
}

/** Sends one datagram. @returns its kind */
async function sendOne(
  { peer, dtls: transport, port, password, send }: Awaited<ReturnType<typeof join>>,
  stranger: (datagram: Buffer, port: number) => void,
): Promise<string> {
  const kind = oneOf(["stun", "stranger", "dtls", "rtcp", "rtcp", "rtp", "sctp", "sctp"] as const);
  if (kind === "stun") send(stun(password));
  else if (kind === "stranger") stranger(oneOf([stun("not this one"), dtls(), noise(200)]), port);
  else if (kind === "dtls") send(dtls());
  else if (kind === "rtp") send(Buffer.concat([Buffer.from([0x80 | random(64), random(256)]), noise(300)]));
  else if (kind === "rtcp") {
    const packets = Array.from({ length: 1 + random(5) }, () => rtcp(1));
    send(transport.srtcp.encrypt(Buffer.concat(packets)));
  } else if (peer.sctp !== null) {
    const { sctp } = peer.sctp as unknown as SctpInternals;
    const bytes = Buffer.concat(Array.from({ length: 1 + random(4) }, () => sctpChunk(sctp.localTsn)));
    await sctp.sendChunk({ bytes }).catch(() => {});
  }
  return kind;
}

const memoryKiB = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

await using server = await RunningScenecast.start(["view", "--size", "320x240"]);
const { pid } = server.process;
const socket = createSocket("udp4");
await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
const stranger = (datagram: Buffer, port: number) => socket.send(datagram, port, "127.0.0.1", () => {});
const before = { memory: memoryKiB(pid), cpu: cpuMs(pid), at: performance.now() };
const counts = new Map<string, number>();
let peers = 0;
let slowestMs = 0;
let sent = 0;
while (sent < COUNT) {
  const peer = await join(server.url);
  peers++;
  for (let i = 0; i < PER_PEER && sent < COUNT && peer.dtls.state === "connected"; i++, sent++) {
    const kind = await sendOne(peer, stranger);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    // Without pauses the kernel would drop datagrams before the server reads them.
    if (i % 20 === 0) await Bun.sleep(1);
  }
  const requestedAt = performance.now();
  const health = await fetch(`${server.url}healthz`, { signal: AbortSignal.timeout(10_000) });
  if (!health.ok) throw new Error(`/healthz returned ${health.status}.`);
  slowestMs = Math.max(slowestMs, performance.now() - requestedAt);
  await peer.closeSockets();
  console.log(`${sent} sent, ${peers} peers, ${Math.round(memoryKiB(pid) / 1024)} MiB`);
}
const snapshot = await fetch(`${server.url}snapshot.jpg`, { signal: AbortSignal.timeout(15_000) });
if (!snapshot.ok) throw new Error(`/snapshot.jpg returned ${snapshot.status}.`);
socket.close();
console.log({
  ...{ sent, seed: SEED, peers, kinds: Object.fromEntries(counts), slowestHealthMs: Math.round(slowestMs) },
  memoryMiB: [before.memory, memoryKiB(pid)].map((kib) => Math.round(kib / 1024)),
  cpuShare: (cpuMs(pid) - before.cpu) / (performance.now() - before.at),
});
await server.stop();
// werift's timers would keep this process running.
process.exit();
