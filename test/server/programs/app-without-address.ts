// An app with an ICE server, and with a host name that does not resolve. Ends when a line arrives on stdin.
import { configureLog } from "../../../src/cli/log.ts";
import { ServerApp } from "../../../src/server/app.ts";

configureLog("info");
using _app = new ServerApp({
  host: "no-such-host.invalid",
  iceServers: [{ urls: "stun:127.0.0.1:3478" }],
});
for await (const _ of console) break;
