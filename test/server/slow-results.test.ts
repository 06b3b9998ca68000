import { expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { SocketClient } from "./clients.ts";
import { PausableRelay } from "./pausable-relay.ts";

/** Commands of a viewer: as many as may be in progress. */
const COMMANDS = 16;

test("a viewer whose connection is slow gets the results of all commands, for which its page waits", async () => {
  // Together more than the socket buffers take, and each more than may be sent to a slow viewer.
  const results = Array.from({ length: COMMANDS }, (_, i) => ({ number: i, text: "x".repeat(400_000) }));
  let started = 0;
  const all = Promise.withResolvers<void>();
  await using server = await startServer({
    port: 0,
    commands: {
      supports: ["reload"],
      async execute() {
        const result = results[started];
        started += 1;
        if (started === COMMANDS) all.resolve();
        await all.promise;
        return result;
      },
    },
  });
  await using relay = await PausableRelay.listen(server.url);
  const socket = await SocketClient.open(relay.url);
  await socket.next("hello");
  relay.pause();
  for (let id = 1; id <= COMMANDS; id += 1) socket.send({ type: "command", id, command: { type: "reload" } });
  await all.promise;
  // Answered after the results were sent or held.
  await fetch(new URL("state", server.url));
  relay.resume();
  const ids = new Set<unknown>();
  while (ids.size < COMMANDS) ids.add((await socket.next("command-result")).id);
  expect(ids.size).toBe(COMMANDS);
  socket.close();
});
