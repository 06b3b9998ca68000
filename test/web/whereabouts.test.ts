import { expect, test } from "bun:test";
import { ServerWhereabouts } from "../../src/web/whereabouts.ts";

test("a server of another machine's address is on a network, without any round trip", () => {
  expect(new ServerWhereabouts("hub.example.org", null).known).toBe("network");
});

test("a page that came quickly from this machine's address has its server here", () => {
  expect(new ServerWhereabouts("localhost", 8).known).toBe("here");
});

test("a page that came late says nothing: one quick round trip among three means here, none means a tunnel", () => {
  const busy = new ServerWhereabouts("127.0.0.1", 300);
  expect(busy.known).toBeUndefined();
  busy.add(70);
  expect(busy.known).toBeUndefined();
  busy.add(3);
  expect(busy.known).toBe("here");
  const far = new ServerWhereabouts("127.0.0.1", 300);
  for (const ms of [70, 45]) far.add(ms);
  expect(far.known).toBeUndefined();
  far.add(41);
  expect(far.known).toBe("tunnel");
});
