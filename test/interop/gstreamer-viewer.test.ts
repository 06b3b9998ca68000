import { expect, setDefaultTimeout } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { eventually } from "../server/clients.ts";
import { testIf } from "../support/test-if.ts";
import { BLUE, type Color, PatternRenderer, RED } from "../web/pattern-renderer.ts";
import { type GStreamerFrame, GStreamerViewer, missingGStreamer } from "./gstreamer-viewer.ts";

setDefaultTimeout(60_000);
const missing = missingGStreamer();
const gstreamer = testIf(missing);

/** Whether a frame shows PatternRenderer's pattern, within the precision of VP8: white at the upper left, otherwise this color. */
function shows(color: Color): (frame: GStreamerFrame) => boolean {
  const quarters = [[255, 255, 255], color, color, color];
  return ({ colors }) =>
    colors.every((quarter, at) =>
      quarter.every((part, index) => Math.abs(part - (quarters[at]?.[index] ?? Number.NaN)) < 20),
    );
}

/** Draws the pattern alternately in this color and in a similar one, until disposed. */
function animate(renderer: PatternRenderer, [red, green, blue]: Color): Disposable {
  let count = 0;
  const timer = setInterval(() => renderer.draw([red, green, blue + (count++ & 1)]), 50);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

gstreamer("GStreamer's webrtcbin receives the view and its changes by WHEP", async () => {
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
  await eventually(() => server.state.viewers.length === 0, "the viewer is disconnected");
});
