import { afterEach, beforeEach, expect, test } from "bun:test";
import type { udp } from "bun";
import { eventually } from "../server/clients.ts";
import { UdpLink, withoutCandidates } from "./udp-link.ts";

type Peer = udp.Socket<"buffer">;

let received: string[];
let answers: string[];
let server: Peer;
let viewer: Peer;

/** A socket on loopback. */
function openSocket(receive: (packet: string, port: number, socket: Peer) => void): Promise<Peer> {
  return Bun.udpSocket({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, packet, port) => receive(String(packet), port, socket) },
  });
}

beforeEach(async () => {
  received = [];
  answers = [];
  server = await openSocket((packet, port, socket) => {
    received.push(packet);
    socket.send(`answer to ${packet}`, port, "127.0.0.1");
  });
  viewer = await openSocket((packet) => answers.push(packet));
});
afterEach(() => {
  server.close();
  viewer.close();
});

/** Sends numbers one by one, so that the kernel's buffers do not overflow. */
async function send(link: UdpLink, port: number, count: number, size = 0): Promise<void> {
  for (let number = 0; number < count; number++) {
    const before = link.counts.up.packets;
    viewer.send(String(number).padEnd(size, " "), port, "127.0.0.1");
    await eventually(() => link.counts.up.packets > before, "the link has received the packet");
  }
}

test("a link without loss delivers every packet, and the answers, in order", async () => {
  using link = new UdpLink();
  await send(link, await link.open("127.0.0.1", server.port), 200);
  await eventually(() => answers.length === 200, "all answers are back");
  expect(received).toEqual(Array.from({ length: 200 }, (_, number) => String(number)));
  expect(answers).toEqual(received.map((packet) => `answer to ${packet}`));
  const { up, down } = link.counts;
  expect([up.packets, up.lost, up.overflowed, up.delivered]).toEqual([200, 0, 0, 200]);
  expect([down.packets, down.delivered]).toEqual([200, 200]);
  expect(up.bytes).toBe(received.join("").length);
});

test("each viewer of a link receives its own answers", async () => {
  using link = new UdpLink();
  const port = await link.open("127.0.0.1", server.port);
  const others: string[] = [];
  const other = await openSocket((packet) => others.push(packet));
  viewer.send("mine", port, "127.0.0.1");
  other.send("its", port, "127.0.0.1");
  await eventually(() => answers.length + others.length === 2, "both have answers");
  expect([answers, others]).toEqual([["answer to mine"], ["answer to its"]]);
  other.close();
});

test("packet loss of a link is random, reproducible by seed, and set for each direction", async () => {
  const survivors: string[][] = [];
  for (const seed of [7, 7, 8]) {
    using link = new UdpLink({ up: { loss: 0.2 }, down: { loss: 0 } }, seed);
    received = [];
    await send(link, await link.open("127.0.0.1", server.port), 300);
    await eventually(() => received.length === link.counts.up.delivered, "all other packets are received");
    expect(link.counts.up.lost + link.counts.up.delivered).toBe(300);
    expect(Math.abs(link.counts.up.lost - 60)).toBeLessThan(30);
    expect(link.counts.down.lost).toBe(0);
    survivors.push(received);
  }
  expect(survivors[1]).toEqual(survivors[0] ?? []);
  expect(survivors[2]).not.toEqual(survivors[0] ?? []);
});

test("delay and jitter of a link keep the order of packets, and can be changed at any time", async () => {
  using link = new UdpLink({ up: { delayMs: 40, jitterMs: 30 } });
  const port = await link.open("127.0.0.1", server.port);
  const start = performance.now();
  let first = 0;
  await send(link, port, 1);
  await eventually(() => received.length === 1, "the first packet is received");
  first = performance.now() - start;
  expect(first).toBeGreaterThanOrEqual(40);
  await send(link, port, 50);
  await eventually(() => received.length === 51, "all packets are received");
  expect(received.slice(1)).toEqual(Array.from({ length: 50 }, (_, number) => String(number)));
  link.up.delayMs = link.up.jitterMs = 0;
  expect(link.down.delayMs).toBe(0);
  await send(link, port, 1);
  await eventually(() => received.length === 52, "the last packet is received");
});

test("in an SDP answer, UDP candidates become ports of the link, and TCP candidates are removed", async () => {
  using link = new UdpLink();
  const answer = [
    "v=0",
    "m=video 9 UDP/TLS/RTP/SAVPF 97",
    `a=candidate:1 1 udp 2130706431 127.0.0.1 ${server.port} typ host`,
    `a=candidate:2 1 UDP 2130706430 127.0.0.1 ${server.port} typ srflx raddr 0.0.0.0 rport 0`,
    "a=candidate:3 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active",
    "a=end-of-candidates",
    "",
  ];
  const lines = (await link.rewriteAnswer(answer.join("\r\n"))).split("\r\n");
  expect(lines.length).toBe(answer.length - 1);
  for (const index of [2, 3]) {
    const [before, port, after] = (lines[index] ?? "").split(/(?<= 127\.0\.0\.1 )(\d+)/);
    expect(`${before}${server.port}${after}`).toBe(answer[index] ?? "");
    expect(Number(port)).not.toBe(server.port);
    viewer.send(`by ${index}`, Number(port), "127.0.0.1");
    await eventually(() => answers.includes(`answer to by ${index}`), "the port leads to the server");
  }
  expect([...lines.slice(0, 2), ...lines.slice(4)]).toEqual([...answer.slice(0, 2), ...answer.slice(5)]);
});

test("withoutCandidates keeps the other lines of an offer", () => {
  expect(
    withoutCandidates(
      "v=0\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\na=mid:0\r\na=end-of-candidates\r\n",
    ),
  ).toBe("v=0\r\na=mid:0\r\n");
});
