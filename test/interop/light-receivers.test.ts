import { expect, setDefaultTimeout, test } from "bun:test";
import { WebRtcLink } from "../support/webrtc-link.ts";
import { AiortcServer } from "./aiortc-server.ts";
import { whyNoAiortc } from "./aiortc-viewer.ts";
import { LightReceivers, type LightReport } from "./light-receivers.ts";

setDefaultTimeout(60_000);
const whyNot = whyNoAiortc();
if (whyNot) console.error(`skipped: light receivers, because ${whyNot}`);
const aiortc = test.skipIf(whyNot !== "");

/** Reports, one after the other, until one is as it should be; what they count is added up. */
async function reportsUntil(
  receivers: LightReceivers,
  accept: (sum: { frames: number; lost: number; retransmitted: number }) => boolean,
): Promise<LightReport[]> {
  const sum = { frames: 0, lost: 0, retransmitted: 0 };
  for (;;) {
    const reports = await receivers.report();
    for (const { frames, lost, retransmitted } of reports) {
      sum.frames += frames;
      sum.lost += lost;
      sum.retransmitted += retransmitted;
    }
    if (accept(sum)) return reports;
    await Bun.sleep(50);
  }
}

for (const via of ["offer", "whep"] as const) {
  aiortc(`light receivers by /${via} each get their keyframe and count every frame`, async () => {
    await using server = await AiortcServer.start({ size: [320, 180], fps: 10 });
    await using receivers = await LightReceivers.join(server.url, 3, via);
    expect(receivers.joinMs.length).toBe(3);
    expect(receivers.joinMs.every((ms) => ms > 0)).toBe(true);
    const reports = await reportsUntil(receivers, ({ frames }) => frames >= 60);
    expect(reports.length).toBe(3);
    expect(reports.map(({ lost }) => lost)).toEqual([0, 0, 0]);
  });
}

aiortc("what is lost on the way is asked for again, and the frame counts when it has come", async () => {
  await using server = await AiortcServer.start({ size: [320, 180], fps: 30 });
  await using link = new WebRtcLink(server.url);
  await using receivers = await LightReceivers.join(link.url, 1);
  link.udp.down.loss = 0.1;
  await reportsUntil(receivers, ({ retransmitted }) => retransmitted >= 5);
  expect(link.udp.counts.down.lost).toBeGreaterThanOrEqual(5);
});

aiortc("what does not come back is lost; the frames after it count from the next keyframe on", async () => {
  await using server = await AiortcServer.start({ size: [320, 180], fps: 30 });
  await using link = new WebRtcLink(server.url);
  await using receivers = await LightReceivers.join(link.url, 1);
  const { packets } = link.udp.counts.down;
  // Neither a packet nor a request to send it again comes through for a while.
  link.udp.down.loss = link.udp.up.loss = 1;
  while (link.udp.counts.down.packets < packets + 90) await Bun.sleep(10);
  link.udp.down.loss = 0;
  await reportsUntil(receivers, ({ lost }) => lost > 0);
  await receivers.report();
  // Now a request for a keyframe comes through.
  link.udp.up.loss = 0;
  await reportsUntil(receivers, ({ frames }) => frames >= 30);
});
