import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { parseIceServer } from "../../src/webrtc/ice-server.ts";

test("STUN and TURN servers are read as people write them", () => {
  expect(parseIceServer("stun:stun.example.org")).toEqual({ urls: "stun:stun.example.org" });
  expect(parseIceServer("stun:[::1]:3478")).toEqual({ urls: "stun:[::1]:3478" });
  expect(parseIceServer("turn:me:secret@10.0.0.1:3478?transport=tcp")).toEqual({
    ...{ urls: "turn:10.0.0.1:3478?transport=tcp", username: "me", credential: "secret" },
  });
});

test("what is no ICE server, or would break out of a header, is none", () => {
  for (const text of [
    "",
    "stun:",
    "http://a",
    "turn:host:3478",
    'turn:a:b"@h',
    "turn:a:b@h\r\nX: y",
    "stun:a>b",
  ]) {
    expect(parseIceServer(text)).toBeNull();
  }
});

test("an ICE server that cannot be checked, on a host without an address, is logged and does not end the process", async () => {
  const program = fileURLToPath(new URL("../server/programs/app-without-address.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, program], { stdin: "pipe", stderr: "pipe" });
  let said = "";
  for await (const piece of child.stderr) {
    said += Buffer.from(piece).toString();
    if (!said.includes("ICE servers could not be checked")) continue;
    child.stdin.write("end\n");
    child.stdin.end();
  }
  expect(said).toContain("warning: The ICE servers could not be checked");
  expect(await child.exited).toBe(0);
});
