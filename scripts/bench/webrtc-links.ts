import { missingAiortc } from "../../test/interop/aiortc-viewer.ts";
import { LightReceivers } from "../../test/interop/light-receivers.ts";
import { launchBrowser } from "../../test/support/browser.ts";
import { WebRtcLink } from "../../test/support/webrtc-link.ts";
import { share } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { StampedPage, whyNoStampedPage } from "./stamped-page.ts";
import { startProducer } from "./stream-measurement.ts";

const SIZE = [1280, 720] as const;
/** One-way delay, ms. */
const DELAY_MS = 20;
/** Size of the bottleneck's queue, as time at its first capacity, ms. */
const MAX_QUEUE_MS = 150;
/** Bytes per ms at 1 Mbit/s. */
const BYTES_PER_MS = 125;
/** Duration of a measurement, and when the steady state begins, s. */
const SECONDS = 20;
const STEADY_S = 10;
/** Freezes are counted from this time on, s. */
const STARTED_S = 3;
/** A capacity counts as found from the second in which this share of it is used. */
const FOUND_SHARE = 0.7;

/** Properties of a downlink. */
interface LinkCase {
  /** Capacities, Mbit/s, each for {@link SECONDS}. */
  megabits: readonly number[];
  loss?: number;
  jitterMs?: number;
  viewers?: number;
}

/** Measurements of one second. */
interface Second {
  /** Share of the capacity. */
  used: number;
  /** Queueing delay of each packet, ms. */
  waits: number[];
  packets: number;
  /** Packets dropped by the full queue. */
  overflowed: number;
  /** Frame rate of the slowest viewer. */
  fps: number;
  longestGapMs: number;
}

/** Returns the statistics of each viewer of the last second. */
type MeasureViewers = () => Promise<{ fps: number; longestGapMs: number }[]>;

/** Links of several capacities with one viewer each. The frames are so detailed that they use any bitrate. */
export function benchWebrtcLinks(setup: BenchSetup): Promise<void> {
  const widths = [0.5, 1, 2, 4, 8, 16].map((each) => [`${each} Mbit/s`, { megabits: [each] }] as const);
  return benchLinks(setup, Object.fromEntries(widths));
}

/** Links with loss, jitter, several viewers and changing capacity; and two viewers of one view with a link each. */
export async function benchWebrtcImpairedLinks(setup: BenchSetup): Promise<void> {
  await benchLinks(setup, {
    "4 Mbit/s, 2 % random loss": { megabits: [4], loss: 0.02 },
    "4 Mbit/s, jitter of 20 ms": { megabits: [4], jitterMs: 20 },
    "4 Mbit/s, two viewers": { megabits: [4], viewers: 2 },
    "4, 1 and 4 Mbit/s": { megabits: [4, 1, 4] },
  });
  if (!missingAiortc()) await benchTwoLinks(setup);
}

async function benchLinks(
  { start, report }: BenchSetup,
  cases: Readonly<Record<string, LinkCase>>,
): Promise<void> {
  const missing = missingAiortc();
  if (missing) return report.row("WebRTC links", `not measured: ${missing}`, "");
  for (const [what, link] of Object.entries(cases)) {
    await using producer = await startProducer(SIZE, "--mode", "grain", "--fps", "30");
    await using server = await start(producer.serveCommand);
    const seconds = await watchLight(server.url, link);
    for (const [part, megabits] of link.megabits.entries()) {
      const of = link.megabits.length > 1 ? `, part ${part + 1}: ${megabits}` : "";
      const these = seconds.slice(part * SECONDS, (part + 1) * SECONDS);
      report.row(`WebRTC through ${what}${of}`, summary(these, part === 0 ? STARTED_S : 0), "");
    }
  }
}

/** Two viewers of the same view, with a fast link and a slow one. */
async function benchTwoLinks({ start, report }: BenchSetup): Promise<void> {
  await using producer = await startProducer(SIZE, "--mode", "grain", "--fps", "30");
  await using server = await start(producer.serveCommand);
  const both = await Promise.all(
    [20, 0.7].map(async (each) => [each, await watchLight(server.url, { megabits: [each] })] as const),
  );
  for (const [each, seconds] of both) {
    report.row(`WebRTC, two viewers: the one through ${each} Mbit/s`, summary(seconds, STARTED_S), "");
  }
}

/** The same with Chromium. */
export async function benchWebrtcLinksBrowser({ start, report }: BenchSetup): Promise<void> {
  const missing = whyNoStampedPage();
  if (missing) return report.row("WebRTC links, Chromium", `not measured: ${missing}`, "");
  for (const megabits of [0.7, 2, 8]) {
    await using producer = await startProducer(SIZE, "--mode", "grain", "--fps", "30");
    await using server = await start(producer.serveCommand);
    await using browser = await launchBrowser({ viewport: { width: SIZE[0], height: SIZE[1] } });
    await using watched = measuredLink(server.url, { megabits: [megabits] });
    const open = (page: Parameters<WebRtcLink["route"]>[0]) => watched.link.route(page);
    await using page = await StampedPage.open(browser, server.url, "webrtc", open);
    const wrongTransport = await page.whyWrongTransport();
    const what = `WebRTC to Chromium through ${megabits} Mbit/s`;
    if (wrongTransport) {
      report.row(what, `not measured: ${wrongTransport}`, "");
      continue;
    }
    let last = Date.now();
    const seconds = await watched.run(async () => {
      const { stamps } = await page.take();
      const times = [last, ...stamps.map(({ at }) => at)];
      last = times.at(-1) ?? last;
      const longestGapMs = Math.max(0, ...times.slice(1).map((at, index) => at - (times[index] ?? at)));
      return [{ fps: stamps.length, longestGapMs }];
    });
    report.row(what, summary(seconds, STARTED_S), "");
  }
}

async function watchLight(url: string, link: LinkCase): Promise<Second[]> {
  await using watched = measuredLink(url, link);
  await using receivers = await LightReceivers.join(watched.link.url, link.viewers ?? 1);
  return await watched.run(() => receivers.report());
}

/** Creates a link, and measures it second by second. */
function measuredLink(url: string, { megabits, loss = 0, jitterMs = 0 }: LinkCase) {
  const [first = Number.NaN] = megabits;
  const shape = { bytesPerMs: first * BYTES_PER_MS, queueBytes: MAX_QUEUE_MS * first * BYTES_PER_MS };
  const link = new WebRtcLink(url, {
    up: { delayMs: DELAY_MS },
    down: { delayMs: DELAY_MS, ...shape, loss, jitterMs },
  });
  let waits: number[] = [];
  let bytes = 0;
  link.udp.onWaitDown = (waitMs, packetBytes) => {
    waits.push(waitMs);
    bytes += packetBytes;
  };
  return {
    link,
    async run(watch: MeasureViewers): Promise<Second[]> {
      const seconds: Second[] = [];
      let before = performance.now();
      for (const each of megabits) {
        link.udp.down.bytesPerMs = each * BYTES_PER_MS;
        for (let second = 0; second < SECONDS; second++) {
          [waits, bytes] = [[], 0];
          const { overflowed } = link.udp.counts.down;
          await Bun.sleep(Math.max(0, before + 1000 - performance.now()));
          const now = performance.now();
          const used = bytes / ((now - before) * each * BYTES_PER_MS);
          before = now;
          const seen = await watch();
          seconds.push({
            ...{ used, waits, packets: waits.length },
            overflowed: link.udp.counts.down.overflowed - overflowed,
            fps: Math.min(...seen.map(({ fps }) => fps)),
            longestGapMs: Math.max(...seen.map(({ longestGapMs }) => longestGapMs)),
          });
        }
      }
      return seconds;
    },
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  };
}

/** "95 % used, 70 % in second 1, 29.9 frames/s, longest freeze 55 ms, packets wait 20 and 48 ms, 0.0 % overflow". */
function summary(seconds: readonly Second[], freezesFromS: number): string {
  const steady = seconds.slice(STEADY_S);
  const mean = (value: (second: Second) => number) =>
    steady.reduce((sum, second) => sum + value(second), 0) / steady.length;
  const found = seconds.findIndex(({ used }) => used >= FOUND_SHARE);
  const waits = steady.flatMap((second) => second.waits);
  const overflow =
    mean(({ overflowed }) => overflowed) / mean(({ overflowed, packets }) => overflowed + packets);
  return [
    `${(100 * mean(({ used }) => used)).toFixed(0)} % used`,
    found < 0 ? `${100 * FOUND_SHARE} % never` : `${100 * FOUND_SHARE} % in second ${found + 1}`,
    `${mean(({ fps }) => fps).toFixed(1)} frames/s`,
    `longest freeze ${Math.max(...seconds.slice(freezesFromS).map((each) => each.longestGapMs)).toFixed(0)} ms`,
    `packets wait ${share(waits, 0.5).toFixed(0)} and ${share(waits, 0.95).toFixed(0)} ms`,
    `${(100 * overflow).toFixed(1)} % overflow`,
  ].join(", ");
}
