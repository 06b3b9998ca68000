import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { startServer } from "../../src/page-server.ts";
import { TokenBucket } from "../../src/rtp/token-bucket.ts";
import { ClientAddresses, UNIX_SOCKET_PEER } from "../../src/server/access/client-address.ts";
import { AddressLimiter, ConnectionCounter, MAX_BODY_BYTES } from "../../src/server/access/limits.ts";
import type { ScenecastServer, ServerOptions } from "../../src/server/server.ts";
import { TestRenderer } from "../encode/producers.ts";
import { eventually, MjpegClient, SocketClient } from "./clients.ts";

const TOKEN = "correct-horse-battery";

let server: ScenecastServer;
let renderer: TestRenderer;
const streams: MjpegClient[] = [];

beforeEach(() => {
  renderer = new TestRenderer();
  renderer.writeGrey(80);
});

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close();
  await server?.stop();
  renderer[Symbol.dispose]();
});

async function serve(options: ServerOptions): Promise<void> {
  server = await startServer({ port: 0, trustedProxies: ["127.0.0.1"], ...options });
  server.attach(renderer.names);
}

/** Requests a path as a client behind a proxy on this machine. */
function request(path: string, address?: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (address !== undefined) headers.set("x-forwarded-for", `203.0.113.9, ${address}`);
  return fetch(new URL(path, server.url), { ...init, headers });
}

async function openStream(path: string, address?: string): Promise<MjpegClient> {
  const headers: Record<string, string> = address === undefined ? {} : { "x-forwarded-for": address };
  const stream = await MjpegClient.open(server.url, path, headers);
  if (stream.status === 200) streams.push(stream);
  return stream;
}

describe("viewers", () => {
  test("viewers beyond --max-viewers are refused with 503 and a message until one has left", async () => {
    await serve({ maxViewers: 2 });
    const first = await openStream("video/mjpeg?viewer=viewer-0001");
    const second = await SocketClient.open(server.url, "ws?viewer=viewer-0002");
    for (const path of ["video/mjpeg", "video/mjpeg?viewer=viewer-0003", "ws"]) {
      const refused = await request(path);
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "10"]);
      expect(await refused.text()).toBe(
        "This view is full: its limit of viewers is 2. Try again after one has left. Its owner can raise the limit with --max-viewers.\n",
      );
    }
    await expect(SocketClient.open(server.url)).rejects.toThrow("refused");
    // A viewer that is connected may open its other connection, and every other route is still served.
    const socket = await SocketClient.open(server.url, "ws?viewer=viewer-0001");
    expect((await openStream("video/mjpeg?viewer=viewer-0002")).status).toBe(200);
    for (const path of ["", "state", "healthz", "snapshot.jpg"])
      expect((await request(path)).status).toBe(200);
    first.close();
    socket.close();
    await eventually(() => server.state.viewers.length === 1, "one viewer has left");
    expect((await openStream("video/mjpeg")).status).toBe(200);
    second.close();
  });

  test("an invalid maxViewers is an error", async () => {
    for (const maxViewers of [0, -1, 1.5, Number.NaN]) {
      await expect(startServer({ port: 0, maxViewers })).rejects.toThrow(/it must be an integer, 1 or more/);
    }
  });
});

describe("connections of one address", () => {
  const MAX_CONNECTIONS = 32;
  const CLIENT = "192.0.2.7";

  test("connections of one address beyond its limit are refused with 429, without effect on other addresses", async () => {
    await serve({ maxViewers: 100 });
    const open = Array.from({ length: MAX_CONNECTIONS }, () => openStream("video/mjpeg", CLIENT));
    for (const stream of await Promise.all(open)) expect(stream.status).toBe(200);
    for (const path of ["video/mjpeg", "ws", "snapshot.png"]) {
      const refused = await request(path, CLIENT);
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "10"]);
      expect(await refused.text()).toStartWith(
        `Your address has ${MAX_CONNECTIONS} connections to this view, `,
      );
    }
    for (const address of ["192.0.2.8", "2001:db8::1", undefined]) {
      expect((await openStream("video/mjpeg", address)).status).toBe(200);
    }
    expect((await request("", CLIENT)).status).toBe(200);
    streams.shift()?.close();
    await eventually(() => server.viewers === MAX_CONNECTIONS + 2, "one stream has closed");
    expect((await openStream("video/mjpeg", CLIENT)).status).toBe(200);
  });

  test("closed connections, ended streams and finished snapshots of an address do not count", async () => {
    await serve({ maxViewers: 100 });
    const headers = { "x-forwarded-for": CLIENT };
    for (let round = 0; round < MAX_CONNECTIONS + 5; round++) {
      const socket = await SocketClient.open(server.url, "ws?viewer=viewer-0001", headers);
      // Each stream replaces the previous one.
      expect((await openStream("video/mjpeg?viewer=viewer-0001", CLIENT)).status).toBe(200);
      expect(await (await request("snapshot.jpg", CLIENT)).text()).not.toStartWith("Your address has");
      socket.close();
      await socket.closed;
    }
  });

  test("an address may have a quarter of the viewers, at least 32; programs of this machine are not counted", () => {
    expect([4, 128, 1000, 4000].map((viewers) => new ConnectionCounter(viewers).limit)).toEqual([
      32, 32, 250, 1000,
    ]);
    const connections = new ConnectionCounter(4);
    for (let i = 0; i < 100; i++) connections.open(null);
    expect(connections.canOpen(null)).toBeTrue();
    const closed = Array.from({ length: MAX_CONNECTIONS }, () => connections.open(CLIENT));
    expect(connections.canOpen(CLIENT)).toBeFalse();
    for (let i = 0; i < 3; i++) closed[0]?.();
    connections.open(CLIENT);
    expect(connections.canOpen(CLIENT)).toBeFalse();
  });
});

describe("snapshots of one address", () => {
  test("snapshots of one address beyond ten a second are refused with 429, and those of other addresses are served", async () => {
    await serve({});
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 1000) {
      const answers = Array.from({ length: 10 }, () => request("snapshot.jpg", "192.0.2.7"));
      for (const answer of await Promise.all(answers)) statuses.push(answer.status);
    }
    expect(statuses.slice(0, 20).every((status) => status === 200)).toBeTrue();
    expect(statuses).toContain(429);
    for (const address of ["192.0.2.8", undefined])
      expect((await request("snapshot.jpg", address)).status).toBe(200);
  });
});

describe("wrong tokens", () => {
  test("a hundred wrong tokens of one address are answered with 401 and further ones with 429, and the right one is always accepted", async () => {
    await serve({ token: TOKEN });
    const sendWrongToken = (address?: string) => request("state?token=wrong-token", address);
    const statuses: number[] = [];
    // The bucket is refilled by one token each second, so that a slow machine needs a few more requests.
    while (statuses.at(-1) !== 429 && statuses.length < 1000)
      statuses.push((await sendWrongToken("192.0.2.7")).status);
    expect(statuses.length).toBeGreaterThan(100);
    expect(statuses.slice(0, -1).every((status) => status === 401)).toBeTrue();
    let refused = await sendWrongToken("192.0.2.7");
    if (refused.status === 401) refused = await sendWrongToken("192.0.2.7");
    expect(refused.headers.get("retry-after")).toBe("10");
    expect(await refused.text()).toStartWith("Too many wrong tokens were sent from your address");
    // A client of the same address with the right token, or without one, is accepted.
    expect((await request(`state?token=${TOKEN}`, "192.0.2.7")).status).toBe(200);
    const authorization = `Bearer ${TOKEN}`;
    expect((await request("state", "192.0.2.7", { headers: { authorization } })).status).toBe(200);
    expect((await request("state", "192.0.2.7")).status).toBe(401);
    for (const address of ["192.0.2.8", undefined]) expect((await sendWrongToken(address)).status).toBe(401);
  });

  test("wrong tokens with forged X-Forwarded-For headers count for the address of the connection", async () => {
    await serve({ token: TOKEN, trustedProxies: [] });
    let guesses = 0;
    let status = 401;
    for (; status === 401 && guesses < 1000; guesses++) {
      status = (await request("state?token=wrong-token", `192.0.2.${guesses % 250}`)).status;
    }
    expect(status).toBe(429);
    expect(guesses).toBeGreaterThan(100);
  });

  test("wrong tokens of changing addresses behind a trusted proxy count for the proxy as well", async () => {
    await serve({ token: TOKEN });
    let guesses = 0;
    let status = 401;
    for (; status === 401 && guesses < 5000; guesses++) {
      const address = `192.0.${guesses % 250}.${Math.floor(guesses / 250)}`;
      status = (await request("state?token=wrong-token", address)).status;
    }
    expect(status).toBe(429);
    expect(guesses).toBeGreaterThan(1000);
  });

  test("wrong tokens expire, and the least recently used addresses are evicted", () => {
    const limiter = new AddressLimiter({ burst: 100, perSecond: 1 });
    for (let i = 0; i < 100; i++) expect(limiter.take("192.0.2.7", 0)).toBeTrue();
    expect(limiter.take("192.0.2.7", 0)).toBeFalse();
    expect(limiter.take("192.0.2.7", 999)).toBeFalse();
    expect(limiter.take("192.0.2.7", 1001)).toBeTrue();
    expect(limiter.take("192.0.2.7", 1001)).toBeFalse();
    for (let address = 0; address < 10_000; address++) limiter.take(String(address), 1001);
    expect(limiter.take("192.0.2.7", 1001)).toBeTrue();
  });

  test("a token bucket never holds more than its burst", () => {
    const bucket = new TokenBucket(2, 10, 0);
    const take = (now: number) => bucket.take(now);
    expect([take(0), take(0), take(0)]).toEqual([true, true, false]);
    expect([take(100), take(100)]).toEqual([true, false]);
    expect([take(1e9), take(1e9), take(1e9)]).toEqual([true, true, false]);
  });
});

describe("the address of a client", () => {
  const caller = (peer: string | undefined, forwarded: string | undefined, trusted: string[]) =>
    new ClientAddresses(trusted).of(
      new Request("http://localhost/", {
        headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
      }),
      peer,
    );
  const address = (peer: string | undefined, forwarded?: string, trusted: string[] = []) =>
    caller(peer, forwarded, trusted).address;

  test("the address of a client is its IPv4 address, or the /64 network of its IPv6 address", () => {
    expect(address("192.0.2.7")).toBe("192.0.2.7");
    expect(address("::ffff:192.0.2.7")).toBe("192.0.2.7");
    expect(address("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::");
    expect(address("2001:db8::5")).toBe("2001:db8:0:0::");
    expect(address("FE80::1%eth0")).toBe("fe80:0:0:0::");
  });

  test("the address of this machine is null, unless it is a trusted proxy that names its client", () => {
    for (const peer of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) {
      expect(address(peer)).toBeNull();
      expect(address(peer, "192.0.2.7")).toBeNull();
      const trusted = ["127.0.0.0/8", "::1"];
      expect(address(peer, "192.0.2.7", trusted)).toBe("192.0.2.7");
      expect(address(peer, "127.0.0.1", trusted)).toBeNull();
      expect(address(peer, "not an address", trusted)).toBeNull();
      expect(address(peer, undefined, trusted)).toBeNull();
    }
    for (const peer of ["", undefined, "not an address"]) expect(address(peer, "192.0.2.7")).toBeNull();
  });

  test("the address is the last one in X-Forwarded-For that is not a trusted proxy, since those before it may be forged", () => {
    const trusted = ["127.0.0.1", "10.0.0.0/8", "2001:db8:5::/48"];
    expect(caller("127.0.0.1", "198.51.100.1, 192.0.2.7", trusted)).toMatchObject({
      address: "192.0.2.7",
      proxy: "127.0.0.1",
    });
    expect(address("10.1.2.3", "198.51.100.1, 192.0.2.7, 10.9.9.9", trusted)).toBe("192.0.2.7");
    expect(caller("2001:db8:5::1", "192.0.2.7", trusted).proxy).toBe("2001:db8:5:0::");
    expect(caller("11.1.2.3", "192.0.2.7", trusted)).toMatchObject({ address: "11.1.2.3", proxy: null });
  });

  test("on a Unix socket the client is the last address in X-Forwarded-For, and null without one", () => {
    expect(address(UNIX_SOCKET_PEER, "198.51.100.1, 192.0.2.7")).toBe("192.0.2.7");
    expect(caller(UNIX_SOCKET_PEER, "192.0.2.7", []).proxy).not.toBeNull();
    expect(address(UNIX_SOCKET_PEER)).toBeNull();
  });

  test("X-Forwarded-Host and X-Forwarded-Proto count from this machine and trusted proxies, not from others", () => {
    const forwarded = (peer: string) =>
      new ClientAddresses(["192.0.2.7"]).of(
        new Request("http://localhost/", {
          headers: { "x-forwarded-host": "Hub.example.org, inner:8000", "x-forwarded-proto": "https, http" },
        }),
        peer,
      ).forwarded;
    for (const peer of ["127.0.0.1", "::1", "192.0.2.7", UNIX_SOCKET_PEER]) {
      expect(forwarded(peer)).toEqual({ hosts: ["hub.example.org", "inner:8000"], isHttps: true });
    }
    for (const peer of ["192.0.2.8", "", "not an address"]) {
      expect(forwarded(peer)).toEqual({ hosts: [], isHttps: false });
    }
  });

  test("a trusted proxy that is not an address or a network is an error", () => {
    for (const proxy of ["proxy.example", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "::/129", ""]) {
      expect(() => new ClientAddresses([proxy])).toThrow("is not an IP address or a network");
    }
  });
});

describe("the size of a request", () => {
  test("a body over the limit is refused with 413, which states the limit", async () => {
    await serve({});
    const post = (bytes: number) => request("offer", undefined, { method: "POST", body: "x".repeat(bytes) });
    // The body is not an offer.
    expect((await post(MAX_BODY_BYTES)).status).toBe(400);
    for (const bytes of [MAX_BODY_BYTES + 1, 5_000_000]) {
      const refused = await post(bytes);
      expect(refused.status).toBe(413);
      expect(await refused.text()).toBe("The body of a request may have 65536 bytes; this one has more.\n");
    }
  });

  test.each(["offer", "state", "nothing", ""])(
    "a chunked body of unlimited length to /%s is not read to its end",
    async (path) => {
      await serve({});
      const socket = connect(server.port, "127.0.0.1");
      let answer = "";
      socket.on("data", (bytes) => {
        answer += bytes.toString("latin1");
      });
      const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
      socket.on("error", () => {});
      socket.write(`POST /${path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`);
      const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
      using _sending = setInterval(() => socket.write(chunk), 1);
      await closed;
      expect(answer).toMatch(/^HTTP\/1\.1 4/);
      expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    },
  );

  test("a URL or headers over the limit are refused with 431, and the server continues", async () => {
    await serve({});
    const long = "x".repeat(20_000);
    expect((await request(`state?${long}`)).status).toBe(431);
    expect((await request("state", undefined, { headers: { "x-long": long } })).status).toBe(431);
    expect((await request("state")).status).toBe(200);
  });
});
