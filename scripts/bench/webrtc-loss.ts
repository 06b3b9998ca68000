import { missingAiortc } from "../../test/interop/aiortc-viewer.ts";
import { LightReceivers } from "../../test/interop/light-receivers.ts";
import { launchBrowser } from "../../test/support/browser.ts";
import { WebRtcLink } from "../../test/support/webrtc-link.ts";
import { figure, share } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { StampedPage, whyNoStampedPage } from "./stamped-page.ts";
import { startProducer } from "./stream-measurement.ts";

const LOSS = 0.02;
/** One-way delay, ms. */
const DELAY_MS = 10;
const WHAT = `WebRTC, ${LOSS * 100} % random loss in each direction, ${2 * DELAY_MS} ms round trip`;
const GOAL = "must 200, dream 100";

/** Freezes and frame rate with random loss, at 720p and 30 frames per second. */
export async function benchWebrtcLoss({ start, runs, seconds, report }: BenchSetup): Promise<void> {
  const missing = whyNoStampedPage() || missingAiortc();
  if (missing) return report.row(WHAT, `not measured: ${missing}`, "");
  await using program = await startProducer([1280, 720], "--fps", "30");
  await using server = await start(program.serveCommand);
  const path = { delayMs: DELAY_MS };
  {
    await using link = new WebRtcLink(server.url, { up: path, down: path });
    await using browser = await launchBrowser({ viewport: { width: 1280, height: 720 } });
    await using page = await StampedPage.open(browser, server.url, "webrtc", (page) => link.route(page));
    const wrongTransport = await page.whyWrongTransport();
    if (wrongTransport) return report.row(`${WHAT}: Chromium`, `not measured: ${wrongTransport}`, "");
    link.udp.up.loss = link.udp.down.loss = LOSS;
    await Bun.sleep(1000);
    const freezes: number[] = [];
    const rates: number[] = [];
    const ages: number[] = [];
    const { lost } = link.udp.counts.down;
    for (let run = 0; run < runs; run++) {
      const { stamps } = await page.watch(seconds);
      freezes.push(longestGap(stamps.map(({ at }) => at)));
      rates.push(stamps.length / seconds);
      ages.push(
        share(
          stamps.map(({ ageMs }) => ageMs),
          0.95,
        ),
      );
    }
    report.row(`${WHAT}: Chromium, longest freeze`, figure(freezes), "ms", 0, GOAL);
    report.row(`${WHAT}: Chromium`, figure(rates), "frames/s");
    report.row(`${WHAT}: Chromium, stamp to readable pixel, 95th percentile`, figure(ages), "ms", 0);
    report.row(`${WHAT}: lost to Chromium`, String(link.udp.counts.down.lost - lost), "packets");
  }
  await using link = new WebRtcLink(server.url, { up: path, down: path });
  await using receivers = await LightReceivers.join(link.url, 1);
  link.udp.up.loss = link.udp.down.loss = LOSS;
  await Bun.sleep(1000);
  await receivers.report();
  const freezes: number[] = [];
  for (let run = 0; run < runs; run++) {
    await Bun.sleep(seconds * 1000);
    const [one] = await receivers.report();
    freezes.push(one?.longestGapMs ?? Number.NaN);
  }
  report.row(`${WHAT}: light receiver, longest time between whole frames`, figure(freezes), "ms", 0, GOAL);
}

function longestGap(times: readonly number[]): number {
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
}
