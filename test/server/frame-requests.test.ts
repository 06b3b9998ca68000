import { expect, jest, test } from "bun:test";
import {
  FrameRequests,
  type FrameStreamRequest,
  type SocketFrameStream,
} from "../../src/server/frames/frame-requests.ts";
import { eventually } from "./clients.ts";

/** FrameRequests, and a record of the streams that it opened. */
function recorded() {
  const opened: (FrameStreamRequest & { isOpen: boolean })[] = [];
  const requests = new FrameRequests((request) => {
    for (const each of opened) each.isOpen = false;
    const stream = { ...request, isOpen: true };
    opened.push(stream);
    const close = () => {
      stream.isOpen = false;
    };
    const parts = { close, acknowledge: () => {}, requestKeyframe: () => {} };
    return Object.assign(stream, parts) as unknown as SocketFrameStream;
  });
  return {
    opened,
    requests,
    open: () => opened.filter(({ isOpen }) => isOpen).map(({ encoding }) => encoding),
  };
}

test("of a thousand stream requests eight are granted, and the newest of the others after a delay", async () => {
  const { opened, requests, open } = recorded();
  for (let time = 0; time < 1000; time++) {
    requests.request({ encoding: time % 2 ? "video" : "jpeg", lossless: false });
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
    const { opened, requests, open } = recorded();
    for (let time = 0; time < 9; time++) requests.request({ encoding: "jpeg", lossless: false });
    requests.close();
    requests.reopen(() => {});
    jest.advanceTimersByTime(10_000);
    expect([opened.length, open()]).toEqual([8, []]);
  } finally {
    jest.useRealTimers();
  }
});
