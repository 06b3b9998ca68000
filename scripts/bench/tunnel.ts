import { launchBrowser } from "../../test/support/browser.ts";
import { type Link, ShapingProxy } from "../../test/support/shaping-proxy.ts";
import { figure, share } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import type { SeenStamps } from "./stamp-probe.ts";
import { StampedPage, TRANSPORT_NAMES, whyNoStampedPage } from "./stamped-page.ts";
import { startProducer } from "./stream-measurement.ts";

const SIZE = [1280, 720] as const;
/** Bytes per ms. */
const MBIT = 125;

const LINKS: readonly { name: string; link: Link }[] = [
  { name: "4 Mbit/s, 60 ms there and back", link: { bytesPerMs: 4 * MBIT, delayMs: 30 } },
  { name: "20 Mbit/s, 30 ms there and back", link: { bytesPerMs: 20 * MBIT, delayMs: 15 } },
  { name: "300 Mbit/s, 5 ms there and back", link: { bytesPerMs: 300 * MBIT, delayMs: 2.5 } },
];
const RUNS = 3;

/** What comes through a tunnel as `ssh -L` makes it, which carries TCP alone: the page is on localhost, and its server is not. */
export async function benchTunnel({ start, runs, seconds, report }: BenchSetup): Promise<void> {
  const whyNot = whyNoStampedPage();
  if (whyNot) return report.row("through a tunnel", `not measured: ${whyNot}`, "");
  await using program = await startProducer(SIZE, "--fps", "30");
  await using server = await start(program.serveCommand);
  await using browser = await launchBrowser({ viewport: { width: SIZE[0], height: SIZE[1] } });
  for (const { name, link } of LINKS) {
    using tunnel = new ShapingProxy(server.url, link);
    for (const encoding of ["video", "jpeg"] as const) {
      const what = `tunnel, ${name}, ${TRANSPORT_NAMES[encoding]}: `;
      await using page = await StampedPage.open(browser, tunnel.url, encoding);
      const wrongTransport = await page.whyWrongTransport();
      if (wrongTransport) {
        report.row(`${what}frames`, `not measured: ${wrongTransport}`, "");
        continue;
      }
      // The bitrate is still being adapted.
      await Bun.sleep(4000);
      const watched: SeenStamps[] = [];
      for (let run = 0; run < Math.min(runs, RUNS); run++) watched.push(await page.watch(seconds));
      const add = (of: string, unit: string, value: (run: SeenStamps) => number) =>
        report.row(`${what}${of}`, figure(watched.map(value)), unit);
      const ages = ({ stamps }: SeenStamps) => stamps.map(({ ageMs }) => ageMs);
      add("frames", "per second", ({ stamps }) => stamps.length / seconds);
      add("stamp to readable pixel, median", "ms", (run) => share(ages(run), 0.5));
      add("stamp to readable pixel, 95th percentile", "ms", (run) => share(ages(run), 0.95));
      add("frames without a readable stamp", "", ({ unreadable }) => unreadable);
    }
  }
}
