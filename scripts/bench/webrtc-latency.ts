import { launchBrowser } from "../../test/support/browser.ts";
import { figure, share } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import type { SeenStamps } from "./stamp-probe.ts";
import { type Encoding, StampedPage, TRANSPORT_NAMES, whyNoStampedPage } from "./stamped-page.ts";
import { startProducer } from "./stream-measurement.ts";

const SIZE = [1280, 720] as const;
/** Goals, ms. */
const GOALS: Readonly<Record<Encoding, { median: string; p95: string } | null>> = {
  webrtc: { median: "must 30, dream 20", p95: "must 50, dream 35" },
  video: { median: "must 25, dream 15", p95: "must 35, dream 25" },
  jpeg: null,
};

/** Time from the stamp in a frame of a producer (720p, 30 per second) until its pixels can be read in Chromium. */
export async function benchWebrtcLatency({ start, runs, seconds, report }: BenchSetup): Promise<void> {
  const missing = whyNoStampedPage();
  if (missing) return report.row("stamp to readable pixel", `not measured: ${missing}`, "");
  await using program = await startProducer(SIZE, "--fps", "30");
  await using server = await start(program.serveCommand);
  await using browser = await launchBrowser({ viewport: { width: SIZE[0], height: SIZE[1] } });
  for (const encoding of ["webrtc", "video", "jpeg"] as const) {
    const what = `${TRANSPORT_NAMES[encoding]}: `;
    const goals = GOALS[encoding];
    await using page = await StampedPage.open(browser, server.url, encoding);
    const wrongTransport = await page.whyWrongTransport();
    if (wrongTransport) {
      report.row(`${what}stamp to readable pixel`, `not measured: ${wrongTransport}`, "");
      continue;
    }
    // The first seconds are not counted: the bitrate is being adapted, and the page's code compiled.
    await Bun.sleep(2000);
    const watched: SeenStamps[] = [];
    for (let run = 0; run < runs; run++) watched.push(await page.watch(seconds));
    const add = (name: string, unit: string, value: (run: SeenStamps) => number, goal?: string) =>
      report.row(`${what}${name}`, figure(watched.map(value)), unit, 1, goal);
    const ages = ({ stamps }: SeenStamps) => stamps.map(({ ageMs }) => ageMs);
    add("stamp to readable pixel, median", "ms", (run) => share(ages(run), 0.5), goals?.median);
    add("stamp to readable pixel, 95th percentile", "ms", (run) => share(ages(run), 0.95), goals?.p95);
    add("frames", "per second", ({ stamps }) => stamps.length / seconds);
    add("frames without a readable stamp", "", ({ unreadable }) => unreadable);
  }
}
