import { expect, setDefaultTimeout } from "bun:test";
import { testIf } from "../support/test-if.ts";
import { AiortcServer } from "./aiortc-server.ts";
import { AiortcViewer, missingAiortc } from "./aiortc-viewer.ts";

setDefaultTimeout(60_000);
const missing = missingAiortc();
const aiortc = testIf(missing);
/** Wide enough for a time stamp in the frame. */
const SIZE = [640, 360] as const;
/** The colors of aiortc_server.py, in the order of the viewer's quarters. */
const COLORS = [
  [200, 40, 40],
  [40, 200, 40],
  [40, 40, 200],
  [120, 120, 120],
];

for (const via of ["offer", "whep"] as const) {
  aiortc(
    `an aiortc viewer by /${via} reports size, colors, time stamps and keyframes of the frames it decodes`,
    async () => {
      await using server = await AiortcServer.start({ size: SIZE });
      await using viewer = await AiortcViewer.connect(server.url, { via });
      const first = await viewer.next("frame");
      expect(first.keyframe).toBe(true);
      const stamped = await viewer.nextFrame(({ stamp }) => stamp?.whole === true);
      expect([stamped.width, stamped.height]).toEqual([...SIZE]);
      expect(stamped.stamp?.ageMs).toBeGreaterThan(0);
      const later = await viewer.nextFrame(({ stamp }) => stamp?.whole === true);
      expect(later.stamp?.sequence).toBeGreaterThan(stamped.stamp?.sequence ?? Number.NaN);
      expect(later.pts).toBeGreaterThan(stamped.pts);
      // Only the upper quarters contain the stamp; the left ones contain the strip, 16 px of 320.
      for (const quarter of [2, 3]) {
        const color = stamped.colors[quarter] ?? [];
        for (const [index, component] of color.entries())
          expect(Math.abs(component - (COLORS[quarter]?.[index] ?? Number.NaN))).toBeLessThan(25);
      }
    },
  );
}

aiortc("an aiortc viewer sends and receives messages on its data channels", async () => {
  await using server = await AiortcServer.start({ size: SIZE });
  const channels = [{ label: "moves", ordered: false, maxRetransmits: 0 }, { label: "input" }];
  await using viewer = await AiortcViewer.connect(server.url, { channels });
  for (const { label } of channels) {
    await viewer.next("open", ({ channel }) => channel === label);
    viewer.send(label, `hello on ${label}`);
    const { data } = await viewer.next("message", ({ channel }) => channel === label);
    expect(data).toBe(`echo hello on ${label}`);
  }
});

aiortc("an aiortc viewer by /whep deletes its session at the end, and a killed one does not", async () => {
  await using server = await AiortcServer.start({ size: SIZE });
  const location = async (viewer: AiortcViewer) => (await viewer.next("answered")).location ?? "";
  const deleteSession = (path: string) => fetch(new URL(path, server.url), { method: "DELETE" });
  const stopped = await AiortcViewer.connect(server.url, { via: "whep" });
  await stopped.stop();
  expect((await stopped.next("deleted")).status).toBe(200);
  expect((await deleteSession(await location(stopped))).status).toBe(404);
  const killed = await AiortcViewer.connect(server.url, { via: "whep" });
  await killed.kill();
  expect((await deleteSession(await location(killed))).status).toBe(200);
});

aiortc("a refused aiortc viewer reports the server's message", async () => {
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("No video today.", { status: 415 }),
  });
  const error = await AiortcViewer.connect(server.url.href).catch((reason: unknown) => reason);
  expect(String(error)).toBe("Error: The offer was refused: 415 No video today.");
});

aiortc("an aiortc viewer with complete_at_marker decodes a frame before the next one arrives", async () => {
  await using server = await AiortcServer.start({ size: SIZE, fps: 0.001 });
  await using viewer = await AiortcViewer.connect(server.url, { complete_at_marker: true });
  const first = await viewer.next("frame");
  expect(first.stamp?.sequence).toBe(0);
});
