import { expect, test } from "bun:test";
import { FrameRequests, type FrameWishes, type SocketFrames } from "../../src/server/frame-requests.ts";
import { eventually } from "./clients.ts";

/** What was opened, and whether it still is. */
function recorded() {
  const opened: (FrameWishes & { isOpen: boolean })[] = [];
  const requests = new FrameRequests((wishes) => {
    for (const each of opened) each.isOpen = false;
    const stream = { ...wishes, isOpen: true };
    opened.push(stream);
    const close = () => {
      stream.isOpen = false;
    };
    const parts = { close, acknowledge: () => {}, requestKeyframe: () => {} };
    return Object.assign(stream, parts) as unknown as SocketFrames;
  });
  return {
    opened,
    requests,
    open: () => opened.filter(({ isOpen }) => isOpen).map(({ encoding }) => encoding),
  };
}

test("a thousand requests for pictures open eight streams, and the newest of the others a moment later", async () => {
  const { opened, requests, open } = recorded();
  for (let time = 0; time < 1000; time++) {
    requests.ask({ encoding: time % 2 ? "video" : "jpeg", lossless: false });
  }
  expect(opened.length).toBe(8);
  requests.ask({ encoding: "jpeg", lossless: true });
  await eventually(() => opened.length === 9, "the newest request is granted");
  expect(opened.at(-1)).toMatchObject({ encoding: "jpeg", lossless: true });
  expect(open()).toEqual(["jpeg"]);
  requests.close();
  expect(open()).toEqual([]);
});

test("a request that waits is forgotten when the page wants no more pictures", async () => {
  const { opened, requests, open } = recorded();
  for (let time = 0; time < 9; time++) requests.ask({ encoding: "jpeg", lossless: false });
  requests.close();
  requests.reopen(() => {});
  await Bun.sleep(600);
  expect([opened.length, open()]).toEqual([8, []]);
});
