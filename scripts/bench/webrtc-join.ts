import { AiortcViewer, missingAiortc } from "../../test/interop/aiortc-viewer.ts";
import { LightReceivers } from "../../test/interop/light-receivers.ts";
import { launchBrowser } from "../../test/support/browser.ts";
import { figure } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { StampedPage, TRANSPORT_NAMES, whyNoStampedPage } from "./stamped-page.ts";
import { startProducer } from "./stream-measurement.ts";

const GOAL = "must 500, dream 200";
const RECEIVERS = 16;

/** Time from joining a running stream (720p, 30 frames per second) to the first frame. */
export async function benchWebrtcJoin({ start, runs, report }: BenchSetup): Promise<void> {
  const missing = whyNoStampedPage() || missingAiortc();
  if (missing) return report.row("join to first frame", `not measured: ${missing}`, "");
  await using program = await startProducer([1280, 720], "--fps", "30");
  await using server = await start(program.serveCommand);
  await using browser = await launchBrowser({ viewport: { width: 1280, height: 720 } });
  for (const encoding of ["webrtc", "video"] as const) {
    const what = `${TRANSPORT_NAMES[encoding]}: Chromium`;
    const joins: { sinceOpenedMs: number; sinceJoinedMs: number }[] = [];
    // The first load fills the browser's caches.
    for (let run = 0; run <= runs; run++) {
      await using page = await StampedPage.open(browser, server.url, encoding);
      const first = await page.first();
      if (run > 0 && first?.transport === encoding) joins.push(first);
    }
    const add = (name: string, value: (join: (typeof joins)[number]) => number, goal?: string) =>
      report.row(`${what}, ${name} to the first frame`, figure(joins.map(value)), "ms", 0, goal);
    add("from the connection", ({ sinceJoinedMs }) => sinceJoinedMs, GOAL);
    add("from opening the page", ({ sinceOpenedMs }) => sinceOpenedMs);
  }
  const alone: number[] = [];
  for (let run = 0; run < runs; run++) {
    await using viewer = await AiortcViewer.connect(server.url, { complete_at_marker: true });
    const { at } = await viewer.next("offered");
    alone.push((await viewer.next("frame")).at - at);
  }
  report.row("WebRTC: aiortc, from its offer to the first frame", figure(alone), "ms", 0, GOAL);
  const together: number[] = [];
  for (let run = 0; run < runs; run++) {
    await using receivers = await LightReceivers.join(server.url, RECEIVERS);
    together.push(Math.max(...receivers.joinMs));
  }
  report.row(
    `WebRTC: the last of ${RECEIVERS} light receivers that join at the same time, to its first keyframe`,
    figure(together),
    "ms",
    0,
  );
}
