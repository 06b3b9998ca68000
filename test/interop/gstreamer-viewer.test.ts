import { expect, setDefaultTimeout, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { eventually } from "../server/clients.ts";
import { BLUE, type Color, PatternRenderer, RED } from "../web/pattern-renderer.ts";
import { type GStreamerFrame, GStreamerViewer, whyNoGStreamerViewer } from "./gstreamer-viewer.ts";

setDefaultTimeout(60_000);
const whyNot = whyNoGStreamerViewer();
if (whyNot) console.error(`skipped: WHEP with GStreamer, because ${whyNot}`);
const gstreamer = test.skipIf(whyNot !== "");

/** Whether it is PatternRenderer's picture: white at the upper left, one colour else, as far as VP8 keeps it. */
function shows(color: Color): (frame: GStreamerFrame) => boolean {
  const quarters = [[255, 255, 255], color, color, color];
  return ({ colours }) =>
    colours.every((quarter, at) =>
      quarter.every((part, index) => Math.abs(part - (quarters[at]?.[index] ?? Number.NaN)) < 20),
    );
}

/** The picture of this colour and of one that is next to it, one after the other, until it is disposed of. */
function animate(renderer: PatternRenderer, [red, green, blue]: Color): Disposable {
  let count = 0;
  const timer = setInterval(() => renderer.draw([red, green, blue + (count++ & 1)]), 50);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

gstreamer("GStreamer's webrtcbin pulls the picture by WHEP, and the next one, until it leaves", async () => {
  using renderer = new PatternRenderer();
  await using server = await startServer({ port: 0 });
  server.attach(renderer.names);
  await using viewer = new GStreamerViewer(server.url);
  {
    using _red = animate(renderer, RED);
    const { width, height } = await viewer.nextFrame(shows(RED));
    expect([width, height]).toEqual([640, 360]);
  }
  using _blue = animate(renderer, BLUE);
  await viewer.nextFrame(shows(BLUE));
  expect(await viewer.stop()).toBe(200);
  await eventually(() => server.state.viewers.length === 0, "nobody is there any more");
});
