// npm run bench [-- CASE... [FILE] [--quick]]: benchmark of dist/scenecast, compared with other programs on the same work in the same run.
// Without a case all run; --quick runs each once and briefly. Nothing here is a test: compare ratios of figures from the same run.
// Requires an OBJ file (../shared/data/stanford-bunny.obj, or FILE); Python with numpy and PIL for Python, MJPEG, events, video and WebRTC; aiortc
// for WebRTC; FURY 0.12 (SCENECAST_FURY_SOURCE) for fury; gcc for MJPEG and video; f3d, Xvfb and ParaView for film, large-render and tetrahedra; Chromium for pages. Installs GStreamer if it may. The last column is the figure of the other
// program, or the goal.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { RunningScenecast } from "../test/support/scenecast.ts";
import { benchDragging } from "./bench/dragging.ts";
import { benchEvents } from "./bench/events.ts";
import { benchFilm } from "./bench/film.ts";
import { benchFury } from "./bench/fury.ts";
import { benchIdle } from "./bench/idle.ts";
import { benchLargeRender, benchLargeView } from "./bench/large.ts";
import { benchLatency } from "./bench/latency.ts";
import { machine, noise } from "./bench/measure.ts";
import { benchMjpeg } from "./bench/mjpeg.ts";
import { benchMolecule } from "./bench/molecule.ts";
import { benchPick } from "./bench/pick.ts";
import { benchPython } from "./bench/python.ts";
import { benchPythonVtk } from "./bench/python-vtk.ts";
import { Report } from "./bench/report.ts";
import type { BenchSetup, Start } from "./bench/setup.ts";
import { benchSilent } from "./bench/silent.ts";
import { benchSlider } from "./bench/slider.ts";
import { benchStart } from "./bench/start.ts";
import { benchStill } from "./bench/still.ts";
import { benchTetrahedra } from "./bench/tetrahedra.ts";
import { benchTractogram } from "./bench/tractogram.ts";
import { benchTunnel } from "./bench/tunnel.ts";
import { benchVideo } from "./bench/video.ts";
import { benchVolume } from "./bench/volume.ts";
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
  film: benchFilm,
  "large-render": benchLargeRender,
  "large-view": benchLargeView([1, 8], ["mesa", "angle"]),
  "huge-view": benchLargeView([10, 50], ["mesa"]),
  tractogram: benchTractogram(100_000),
  "huge-tractogram": benchTractogram(1_600_000),
  tetrahedra: benchTetrahedra,
  volume: benchVolume,
  molecule: benchMolecule,
  pick: benchPick,
  idle: benchIdle,
  events: benchEvents,
  python: benchPython,
  "python-vtk": benchPythonVtk,
  fury: benchFury,
  "mjpeg-720p": benchMjpeg([1280, 720]),
  "mjpeg-1080p": benchMjpeg([1920, 1080]),
  silent: benchSilent,
  slider: benchSlider,
  still: benchStill,
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
/** Cases that need the model. */
const MODEL_CASES = [
  "start",
  "dragging",
  "film",
  "large-render",
  "idle",
  "slider",
  "still",
  "latency",
  "video",
];

const root = resolve(import.meta.dir, "..");
const args = process.argv.slice(2).filter((arg) => arg !== "--quick");
const named = args.filter((arg) => arg in CASES);
const cases = named.length > 0 ? named : Object.keys(CASES);
const [file, ...more] = args.filter((arg) => !(arg in CASES));
const model = resolve(file ?? `${root}/../shared/data/stanford-bunny.obj`);
const executable = `${root}/dist/scenecast`;
if (more.length > 0 || (!existsSync(model) && cases.some((each) => MODEL_CASES.includes(each)))) {
  throw new Error(
    `Cannot find ${more[0] ?? model}. Name an OBJ file, or cases: ${Object.keys(CASES).join(", ")}.`,
  );
}
if (!existsSync(executable)) throw new Error("Cannot find dist/scenecast. Run `npm run build` first.");

const start: Start = (arguments_) => RunningScenecast.start(arguments_, { command: [executable] });
const report = new Report();
console.error(`Median (minimum to maximum) of ${RUNS} runs (3 for MJPEG), ${machine()}`);
report.row("noise: a fixed computation, 15 times", noise(), "ms");
for (const each of cases) await CASES[each]?.({ start, model, runs: RUNS, seconds: SECONDS, report });
console.log(report.table);
