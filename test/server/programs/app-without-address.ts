// An app of a host that has no address and of an ICE server, until its input says anything.
import { configureLog } from "../../../src/cli/log.ts";
import { ServerApp } from "../../../src/server/app.ts";

configureLog("info");
using _app = new ServerApp({
  host: "no-such-host.invalid",
  iceServers: [{ urls: "stun:127.0.0.1:3478" }],
});
for await (const _ of console) break;
