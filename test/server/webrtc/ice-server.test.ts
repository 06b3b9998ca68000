import { expect, test } from "bun:test";
import { parseIceServer } from "../../../src/server/webrtc/ice-server.ts";

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
