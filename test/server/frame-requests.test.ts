import { expect, jest, test } from "bun:test";
import {
  FrameRequests,
  type FrameStreamRequest,
  type SocketFrameStream,
} from "../../src/server/frames/frame-requests.ts";
import { eventually } from "./clients.ts";

/** FrameRequests with a list of the streams that it opened. */
function recordedRequests() {
  const opened: (FrameStreamRequest & { isOpen: boolean })[] = [];
  const requests = new FrameRequests((request) => {
    for (const each of opened) each.isOpen = false;
    const stream = { ...request, isOpen: true };
    opened.push(stream);
    const close = () => {
      stream.isOpen = false;
    };
    const methods = { close, acknowledge: () => {}, requestKeyframe: () => {} };
    return Object.assign(stream, methods) as unknown as SocketFrameStream;
  });
  return {
    opened,
    requests,
    open: () => opened.filter(({ isOpen }) => isOpen).map(({ encoding }) => encoding),
  };
}

test("eight of a thousand stream requests are granted immediately, and the newest after a delay", async () => {
  const { opened, requests, open } = recordedRequests();
  for (let i = 0; i < 1000; i++) {
    requests.request({ encoding: i % 2 ? "video" : "jpeg", lossless: false });
  }
  expect(opened.length).toBe(8);
  requests.request({ encoding: "jpeg", lossless: true });
  await eventually(() => opened.length === 9, "the newest request is granted");
  expect(opened.at(-1)).toMatchObject({ encoding: "jpeg", lossless: true });
  expect(open()).toEqual(["jpeg"]);
  requests.close();
  expect(open()).toEqual([]);
});

test("a delayed request is dropped when the stream is closed", () => {
  jest.useFakeTimers();
  try {
    const { opened, requests, open } = recordedRequests();
    for (let i = 0; i < 9; i++) requests.request({ encoding: "jpeg", lossless: false });
    requests.close();
    requests.reopen(() => {});
    jest.advanceTimersByTime(10_000);
    expect([opened.length, open()]).toEqual([8, []]);
  } finally {
    jest.useRealTimers();
  }
});
