import { expect, test } from "bun:test";
import { parseIceServer } from "../../src/webrtc/ice-server.ts";

test("STUN and TURN servers are parsed from URLs with credentials", () => {
  expect(parseIceServer("stun:stun.example.org")).toEqual({ urls: "stun:stun.example.org" });
  expect(parseIceServer("stun:[::1]:3478")).toEqual({ urls: "stun:[::1]:3478" });
  expect(parseIceServer("turn:me:secret@10.0.0.1:3478?transport=tcp")).toEqual({
    ...{ urls: "turn:10.0.0.1:3478?transport=tcp", username: "me", credential: "secret" },
  });
});

test("malformed ICE servers, and those that would break out of a Link header, are rejected", () => {
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
