import { expect, test } from "bun:test";
import { ConnectionKindProbe } from "../../src/web/connection/connection-kind.ts";

test("a server at another machine's address is remote, without any round trip", () => {
  expect(new ConnectionKindProbe("hub.example.org", null).kind).toBe("remote");
});

test("a server at a loopback address is local if it delivered the page quickly", () => {
  expect(new ConnectionKindProbe("localhost", 8).kind).toBe("local");
});

test("after a slow page, one quick round trip among three means local, and none means a tunnel", () => {
  const busyServer = new ConnectionKindProbe("127.0.0.1", 300);
  expect(busyServer.kind).toBeUndefined();
  busyServer.add(70);
  expect(busyServer.kind).toBeUndefined();
  busyServer.add(3);
  expect(busyServer.kind).toBe("local");
  const tunnel = new ConnectionKindProbe("127.0.0.1", 300);
  for (const ms of [70, 45]) tunnel.add(ms);
  expect(tunnel.kind).toBeUndefined();
  tunnel.add(41);
  expect(tunnel.kind).toBe("tunnel");
});
