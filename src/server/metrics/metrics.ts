import { readdirSync, readFileSync } from "node:fs";
import { QUALITY_LEVELS, type Quality } from "../../encode/frame.ts";
import type { RendererStatus } from "../../protocol/server-messages.ts";
import { TRANSPORTS } from "../frames/viewer-stream.ts";
import type { Hub } from "../hub.ts";
import { PrometheusText } from "./prometheus-text.ts";
import { VERSION } from "./state.ts";

const QUALITIES: readonly [Quality, label: string][] = [
  [0, "tier0"],
  [1, "tier1"],
  [2, "tier2"],
  ["still", "still"],
  ["lossless", "lossless"],
];
const STATES: Readonly<Record<RendererStatus["state"], true>> = {
  ...{ starting: true, loading: true, "waiting-for-producer": true, "waiting-for-first-frame": true },
  ...{ running: true, "not-answering": true, unreadable: true, gone: true },
};

/**
 * `GET /metrics` in Prometheus' text format. Units are seconds and bytes. Counters start at 0 with the server, `renders` with the
 * renderer. No label names a viewer, so that the number of series is bounded; `/state` lists viewers.
 */
export function metricsText(hub: Hub): string {
  const metrics = new PrometheusText();
  metrics.gauge("scenecast_info", "Version of scenecast; always 1.", [[{ version: VERSION }, 1]]);
  addRenderer(metrics, hub);
  addEncoders(metrics, hub);
  addViewers(metrics, hub);
  addInput(metrics, hub);
  addProcess(metrics);
  return metrics.text;
}

function addRenderer(metrics: PrometheusText, { renderer, latency }: Hub): void {
  const { driver, fps, renders } = renderer.statistics;
  metrics.gauge(
    "scenecast_renderer_state",
    "1 for the renderer's current state, 0 for the others.",
    Object.keys(STATES).map((state) => [{ state }, state === renderer.status.state ? 1 : 0]),
  );
  if (driver !== null) {
    metrics.gauge("scenecast_renderer_info", "GL driver of the renderer; always 1.", [[{ driver }, 1]]);
  }
  metrics.gauge("scenecast_renderer_frames_per_second", "Frames received, over the last two seconds.", fps);
  metrics.counter("scenecast_renders_total", "Frames rendered by the current renderer.", renders);
  metrics.counter(
    "scenecast_frames_total",
    "Frames received from all renderers.",
    renderer.source.newest?.number ?? 0,
  );
  metrics.histogram("scenecast_render_seconds", "Rendering time of a frame that was sent, if known.", [
    [{}, latency.render],
  ]);
}

function addEncoders(metrics: PrometheusText, { encoder, video }: Hub): void {
  metrics.histogram(
    "scenecast_encode_seconds",
    "Time from requesting a JPEG or PNG encoding to its result.",
    QUALITIES.map(([quality, label]) => [{ quality: label }, encoder.durations[quality]]),
  );
  metrics.gauge(
    "scenecast_encoder_pending",
    "JPEG and PNG encodings that are running or waiting.",
    encoder.pending,
  );
  metrics.histogram(
    "scenecast_video_encode_seconds",
    "Time from requesting a video encoding to its result, by bitrate layer.",
    QUALITY_LEVELS.map((tier) => [{ tier: `${tier}` }, video.durations[tier]]),
  );
  metrics.gauge(
    "scenecast_video_encoder_pending",
    "Video encodings that are running or waiting.",
    video.pending,
  );
  metrics.gauge(
    "scenecast_video_bits_per_second",
    "Target bitrate of a bitrate layer; 0 without viewers.",
    QUALITY_LEVELS.map((tier) => [{ tier: `${tier}` }, video.bitrates[tier]]),
  );
  metrics.counter("scenecast_video_keyframes_total", "Keyframes encoded.", video.keyframes);
}

function addViewers(metrics: PrometheusText, { viewers, latency }: Hub): void {
  const totals = TRANSPORTS.map((transport) => ({ transport, ...viewers.totals(transport) }));
  const state = viewers.state();
  metrics.gauge(
    "scenecast_viewers",
    "Viewers by transport of their frames; none: connected without frames.",
    [...TRANSPORTS, null].map((transport) => [
      { transport: transport ?? "none" },
      state.filter((viewer) => viewer.transport === transport).length,
    ]),
  );
  metrics.gauge(
    "scenecast_streams",
    "Frame streams by quality level of their newest frame, 0 the best.",
    QUALITY_LEVELS.map((tier) => [
      { tier: `${tier}` },
      state.filter((viewer) => viewer.tier === tier).length,
    ]),
  );
  metrics.counter(
    "scenecast_frames_sent_total",
    "Frames written to viewers' connections.",
    totals.map(({ transport, frames }) => [{ transport }, frames]),
  );
  metrics.counter(
    "scenecast_frames_skipped_total",
    "Frames that viewers skipped because their connections were busy.",
    totals.map(({ transport, skipped }) => [{ transport }, skipped]),
  );
  metrics.counter(
    "scenecast_sent_bytes_total",
    "Bytes of frame streams.",
    totals.map(({ transport, bytes }) => [{ transport }, bytes]),
  );
  metrics.histogram(
    "scenecast_frame_age_seconds",
    "Time from the end of rendering to sending, for each viewer.",
    [[{}, latency.frameAge]],
  );
  metrics.histogram("scenecast_round_trip_seconds", "Time from sending a frame to its acknowledgement.", [
    [{}, latency.roundTrip],
  ]);
  metrics.histogram(
    "scenecast_input_latency_seconds",
    "Time from receiving an event until a frame that shows it was sent (sent) or acknowledged (seen), for each viewer.",
    [
      [{ until: "sent" }, latency.inputToSent],
      [{ until: "seen" }, latency.inputToAcknowledged],
    ],
  );
}

function addInput(metrics: PrometheusText, { renderer: { input } }: Hub): void {
  metrics.counter(
    "scenecast_events_accepted_total",
    "Events accepted, merged ones included.",
    input.accepted,
  );
  metrics.counter("scenecast_events_merged_total", "Events merged into the event before.", input.merged);
  metrics.counter("scenecast_events_refused_total", "Events that no renderer accepted.", input.refused);
  metrics.gauge(
    "scenecast_events_pending",
    "Events that wait for space in the renderer's queue.",
    input.pending,
  );
}

/** Prometheus' standard metrics of a process. */
function addProcess(metrics: PrometheusText): void {
  const { user, system } = process.cpuUsage();
  const limits = readFileSync("/proc/self/limits", "latin1");
  const maxFds = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? 0);
  const rss = process.memoryUsage.rss();
  metrics.counter(
    "process_cpu_seconds_total",
    "User and system CPU time of the server.",
    (user + system) / 1e6,
  );
  metrics.gauge(
    "process_start_time_seconds",
    "Start time of the server's process, since 1970.",
    Date.now() / 1000 - process.uptime(),
  );
  metrics.gauge("process_resident_memory_bytes", "Resident memory of the server.", rss);
  metrics.gauge("process_open_fds", "Open file descriptors.", readdirSync("/proc/self/fd").length);
  metrics.gauge("process_max_fds", "Limit of open file descriptors.", maxFds);
}
