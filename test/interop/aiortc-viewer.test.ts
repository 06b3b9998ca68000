import { expect, setDefaultTimeout, test } from "bun:test";
import { AiortcServer } from "./aiortc-server.ts";
import { AiortcViewer, whyNoAiortc } from "./aiortc-viewer.ts";

setDefaultTimeout(60_000);
const whyNot = whyNoAiortc();
if (whyNot) console.error(`skipped: the aiortc viewer, because ${whyNot}`);
const aiortc = test.skipIf(whyNot !== "");
/** Wide enough for a stamp. */
const SIZE = [640, 360] as const;
/** aiortc_server.py's, in the order of the viewer's quarters. */
const COLOURS = [
  [200, 40, 40],
  [40, 200, 40],
  [40, 40, 200],
  [120, 120, 120],
];

for (const via of ["offer", "whep"] as const) {
  aiortc(
    `a viewer by /${via} tells the size, the colours, the stamps and the keyframes of what it sees`,
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
      // The lower quarters have no stamp; the left one has the strip, 16 px of 320.
      for (const quarter of [2, 3]) {
        const colour = stamped.colours[quarter] ?? [];
        for (const [index, part] of colour.entries())
          expect(Math.abs(part - (COLOURS[quarter]?.[index] ?? Number.NaN))).toBeLessThan(25);
      }
    },
  );
}

aiortc("a viewer speaks and hears on the data channels that it makes", async () => {
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

aiortc("a viewer by /whep deletes what it made when it ends; one that vanishes does not", async () => {
  await using server = await AiortcServer.start({ size: SIZE });
  const location = async (viewer: AiortcViewer) => (await viewer.next("answered")).location ?? "";
  const remove = (path: string) => fetch(new URL(path, server.url), { method: "DELETE" });
  const polite = await AiortcViewer.connect(server.url, { via: "whep" });
  await polite.stop();
  expect((await polite.next("deleted")).status).toBe(200);
  expect((await remove(await location(polite))).status).toBe(404);
  const rude = await AiortcViewer.connect(server.url, { via: "whep" });
  await rude.vanish();
  expect((await remove(await location(rude))).status).toBe(200);
});

aiortc("a viewer that is refused says what the server said", async () => {
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("No video today.", { status: 415 }),
  });
  const error = await AiortcViewer.connect(server.url.href).catch((reason: unknown) => reason);
  expect(String(error)).toBe("Error: It was refused: 415 No video today.");
});

aiortc("a viewer can take a frame at its last packet, before the next one comes", async () => {
  await using server = await AiortcServer.start({ size: SIZE, fps: 0.001 });
  await using viewer = await AiortcViewer.connect(server.url, { complete_at_marker: true });
  const first = await viewer.next("frame");
  expect(first.stamp?.sequence).toBe(0);
});
