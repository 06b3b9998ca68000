// npm run bench [-- CASE... [FILE] [--quick]]: how long scenecast takes, beside its peers on the same work in the same run. Nothing
// here is a test: two shared cores give figures, not promises. Without a case it runs all; --quick does each once and short.
// Needs ../shared/data/stanford-bunny.obj (or FILE); for events, MJPEG, video and WebRTC CPython with numpy, for WebRTC aiortc,
// for many clients and video gcc; as peers Chromium, and GStreamer and tjbench, which it installs where it may. Beside the figures of
// video stands what was to be reached.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { benchBands } from "./bench/bands.ts";
import { benchCopies } from "./bench/copies.ts";
import { benchDragging } from "./bench/dragging.ts";
import { benchEvents } from "./bench/events.ts";
import { benchIdle } from "./bench/idle.ts";
import { benchLatency } from "./bench/latency.ts";
import { machine, noise } from "./bench/measure.ts";
import { benchMjpeg } from "./bench/mjpeg.ts";
import { Report } from "./bench/report.ts";
import type { BenchSetup } from "./bench/setup.ts";
import { benchSilent } from "./bench/silent.ts";
import { benchStart } from "./bench/start.ts";
import { benchStill } from "./bench/still.ts";
import { benchTorn } from "./bench/torn.ts";
import { benchTunnel } from "./bench/tunnel.ts";
import { benchVideo } from "./bench/video.ts";
import { benchWebrtc } from "./bench/webrtc.ts";
import { benchWebrtcJoin } from "./bench/webrtc-join.ts";
import { benchWebrtcLatency } from "./bench/webrtc-latency.ts";
import { benchWebrtcImpairedLinks, benchWebrtcLinks, benchWebrtcLinksBrowser } from "./bench/webrtc-links.ts";
import { benchWebrtcLoss } from "./bench/webrtc-loss.ts";

const QUICK = process.argv.includes("--quick");
const RUNS = QUICK ? 1 : 5;
const SECONDS = QUICK ? 2 : 5;

const CASES: Record<string, (setup: BenchSetup) => void | Promise<void>> = {
  start: benchStart,
  dragging: benchDragging,
  idle: benchIdle,
  events: benchEvents,
  copies: benchCopies,
  "mjpeg-720p": benchMjpeg([1280, 720]),
  "mjpeg-1080p": benchMjpeg([1920, 1080]),
  silent: benchSilent,
  torn: benchTorn,
  still: benchStill,
  bands: benchBands,
  latency: benchLatency,
  tunnel: benchTunnel,
  video: benchVideo,
  webrtc: benchWebrtc,
  "webrtc-latency": benchWebrtcLatency,
  "webrtc-loss": benchWebrtcLoss,
  "webrtc-join": benchWebrtcJoin,
  "webrtc-links": benchWebrtcLinks,
  "webrtc-bad-links": benchWebrtcImpairedLinks,
  "webrtc-links-browser": benchWebrtcLinksBrowser,
};
/** Cases that show the model. */
const SHOWING = ["start", "dragging", "idle", "still", "latency", "video"];

const root = resolve(import.meta.dir, "..");
const args = process.argv.slice(2).filter((arg) => arg !== "--quick");
const named = args.filter((arg) => arg in CASES);
const cases = named.length > 0 ? named : Object.keys(CASES);
const [file, ...more] = args.filter((arg) => !(arg in CASES));
const model = resolve(file ?? `${root}/../shared/data/stanford-bunny.obj`);
const executable = `${root}/dist/scenecast`;
if (more.length > 0 || (!existsSync(model) && cases.some((each) => SHOWING.includes(each)))) {
  throw new Error(
    `There is no ${more[0] ?? model}; name an OBJ file, or cases: ${Object.keys(CASES).join(", ")}.`,
  );
}
if (!existsSync(executable)) throw new Error("There is no dist/scenecast; run `npm run build` first.");

const report = new Report();
console.error(`Median (least to most) of ${RUNS} runs (3 for MJPEG), ${machine()}`);
report.row("noise: the same fixed work, 15 times", noise(), "ms");
for (const each of cases) await CASES[each]?.({ executable, model, runs: RUNS, seconds: SECONDS, report });
console.log(report.table);
