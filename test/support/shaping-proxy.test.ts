import { expect, test } from "bun:test";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { eventually } from "../server/clients.ts";
import { ShapingProxy } from "./shaping-proxy.ts";

test("data that is sent within fractions of a millisecond arrives in order, before the end of the connection", async () => {
  const COUNT = 200;
  const received: Buffer[] = [];
  let isEnded = false;
  await using server = createServer((socket) => {
    socket.on("data", (bytes: Buffer) => received.push(bytes));
    socket.on("end", () => {
      isEnded = true;
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  using proxy = new ShapingProxy(`http://127.0.0.1:${port}/`, { bytesPerMs: 300, delayMs: 20 });
  const client = connect(Number(new URL(proxy.url).port), "127.0.0.1").setNoDelay(true);
  await once(client, "connect");
  const sent: number[] = [];
  for (let number = 0; number < COUNT; number++) {
    // Of two parts the first takes 0.8 ms, and the second follows after up to 0.9 ms.
    const part = Array<number>(number % 2 === 0 ? 60 : 1).fill(number);
    sent.push(...part);
    client.write(Buffer.from(Uint32Array.from(part).buffer));
    const next = performance.now() + (number % 2 === 0 ? 0.1 * (number % 10) : 1);
    do await new Promise(setImmediate);
    while (performance.now() < next);
  }
  client.end();
  await eventually(() => isEnded, "the end arrives");
  const bytes = Buffer.concat(received);
  expect(Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(4 * index))).toEqual(sent);
});
