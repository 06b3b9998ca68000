import { expect, setDefaultTimeout } from "bun:test";
import { eventually } from "../server/clients.ts";
import { testIf } from "../support/test-if.ts";
import { WebRtcLink } from "../support/webrtc-link.ts";
import { AiortcServer } from "./aiortc-server.ts";
import { missingAiortc } from "./aiortc-viewer.ts";
import { LightReceivers, type LightReport } from "./light-receivers.ts";

setDefaultTimeout(60_000);
const missing = missingAiortc();
const aiortc = testIf(missing);

/** Requests reports until the sum of their counts is accepted. @returns the last report; @throws Error after 30 s */
async function reportsUntil(
  receivers: LightReceivers,
  accept: (sum: { frames: number; lost: number; retransmitted: number }) => boolean,
): Promise<LightReport[]> {
  const sum = { frames: 0, lost: 0, retransmitted: 0 };
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const reports = await receivers.report();
    for (const { frames, lost, retransmitted } of reports) {
      sum.frames += frames;
      sum.lost += lost;
      sum.retransmitted += retransmitted;
    }
    if (accept(sum)) return reports;
    await Bun.sleep(50);
  }
  throw new Error(`The reports were not accepted: ${JSON.stringify(sum)}`);
}

for (const via of ["offer", "whep"] as const) {
  aiortc(`light receivers by /${via} receive a keyframe each, and every frame`, async () => {
    await using server = await AiortcServer.start({ size: [320, 180], fps: 10 });
    await using receivers = await LightReceivers.join(server.url, 3, via);
    expect(receivers.joinMs.length).toBe(3);
    expect(receivers.joinMs.every((ms) => ms > 0)).toBe(true);
    const reports = await reportsUntil(receivers, ({ frames }) => frames >= 60);
    expect(reports.length).toBe(3);
    expect(reports.map(({ lost }) => lost)).toEqual([0, 0, 0]);
  });
}

aiortc("a light receiver requests lost packets, and counts the frame when they arrive", async () => {
  await using server = await AiortcServer.start({ size: [320, 180], fps: 30 });
  await using link = new WebRtcLink(server.url);
  await using receivers = await LightReceivers.join(link.url, 1);
  link.udp.down.loss = 0.1;
  await reportsUntil(receivers, ({ retransmitted }) => retransmitted >= 5);
  expect(link.udp.counts.down.lost).toBeGreaterThanOrEqual(5);
});

aiortc(
  "a light receiver counts packets that are not retransmitted as lost, and frames again from the next keyframe on",
  async () => {
    await using server = await AiortcServer.start({ size: [320, 180], fps: 30 });
    await using link = new WebRtcLink(server.url);
    await using receivers = await LightReceivers.join(link.url, 1);
    const { packets } = link.udp.counts.down;
    // Both packets and NACKs are lost for a while.
    link.udp.down.loss = link.udp.up.loss = 1;
    await eventually(() => link.udp.counts.down.packets >= packets + 90, "90 packets are lost");
    link.udp.down.loss = 0;
    await reportsUntil(receivers, ({ lost }) => lost > 0);
    await receivers.report();
    // Now a keyframe request arrives.
    link.udp.up.loss = 0;
    await reportsUntil(receivers, ({ frames }) => frames >= 30);
  },
);
