import type { Metric, MetricValueWithName, Registry } from "prom-client";
import { QUALITY_LEVELS, type Quality } from "../../encode/frame.ts";
import type { LatencyHistogram } from "../../encode/latency-histogram.ts";
import type { RendererStatus } from "../../protocol/renderer-status.ts";
import { TRANSPORTS } from "../frames/viewer-stream.ts";
import { processMetrics } from "./process-metrics.ts";
import { type StateSources, VERSION } from "./state.ts";

/** A figure, under these labels. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

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

/** The media type of {@link metricsText}. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * `GET /metrics`: Prometheus' text format. Units are seconds and bytes, and counters begin with the server, `renders` with the
 * renderer. No label names a viewer, so that their number is bounded: what there is of each is in `/state`.
 *
 * The registry is made anew for each answer: all its figures are of one moment, two servers in one process know nothing of
 * each other, and nothing is kept where nobody asks. prom-client takes 10 ms to load, so that waits for the first one.
 */
export async function metricsText(parts: StateSources): Promise<string> {
  const client = await import("prom-client");
  const registry = new client.Registry();
  const registers = [registry];

  const gauge = (name: string, help: string, samples: readonly Sample[]) => {
    const metric = new client.Gauge({ name, help, labelNames: labelNames(samples), registers });
    for (const [labels, value] of samples) metric.set(labels, value);
  };
  const counter = (name: string, help: string, samples: readonly Sample[]) => {
    const metric = new client.Counter({ name, help, labelNames: labelNames(samples), registers });
    for (const [labels, value] of samples) metric.inc(labels, value);
  };
  const histogram = (name: string, help: string, of: readonly [Sample[0], LatencyHistogram][]) =>
    register(registry, { name, help, of });

  const { viewers, input, encoder, video, latency, newest } = parts;
  gauge("scenecast_info", "Version of scenecast; always 1.", [[{ version: VERSION }, 1]]);

  gauge(
    "scenecast_renderer_state",
    "1 for what the renderer is doing, 0 for the others.",
    Object.keys(STATES).map((state) => [{ state }, state === parts.status.state ? 1 : 0]),
  );
  if (parts.driver !== null) {
    gauge("scenecast_renderer_info", "The renderer's GL driver; always 1.", [[{ driver: parts.driver }, 1]]);
  }
  gauge("scenecast_renderer_frames_per_second", "Frames that came, over the last two seconds.", [
    [{}, parts.fps],
  ]);
  counter("scenecast_renders_total", "Pictures that this renderer has rendered.", [[{}, parts.renders]]);
  counter("scenecast_frames_total", "Frames of all renderers.", [[{}, newest?.number ?? 0]]);
  histogram("scenecast_render_seconds", "Rendering a frame that was sent, where the renderer tells.", [
    [{}, latency.render],
  ]);

  histogram(
    "scenecast_encode_seconds",
    "Encoding a picture, from asking to having it.",
    QUALITIES.map(([quality, label]) => [{ quality: label }, encoder.durations[quality]]),
  );
  gauge("scenecast_encoder_pending", "Pictures that are being encoded, or wait for it.", [
    [{}, encoder.pending],
  ]);

  histogram(
    "scenecast_video_encode_seconds",
    "Encoding a frame of the VP8 stream of a tier, from asking to having it.",
    QUALITY_LEVELS.map((tier) => [{ tier: `${tier}` }, video.durations[tier]]),
  );
  gauge("scenecast_video_encoder_pending", "Frames of VP8 streams that are being encoded, or wait for it.", [
    [{}, video.pending],
  ]);
  gauge(
    "scenecast_video_bits_per_second",
    "What the VP8 stream of a tier is encoded for; 0 where nobody looks at it.",
    QUALITY_LEVELS.map((tier) => [{ tier: `${tier}` }, video.bitrates[tier]]),
  );
  counter("scenecast_video_keyframes_total", "Frames of VP8 streams that need no other.", [
    [{}, video.keyframes],
  ]);

  const totals = TRANSPORTS.map((transport) => ({ transport, ...viewers.totals(transport) }));
  const state = viewers.state();
  const having = (transport: string | null) =>
    state.filter((viewer) => viewer.transport === transport).length;
  gauge("scenecast_viewers", "Viewers by how the picture goes to them; none: they have a socket alone.", [
    ...TRANSPORTS.map((transport): Sample => [{ transport }, having(transport)]),
    [{ transport: "none" }, having(null)],
  ]);
  gauge(
    "scenecast_streams",
    "Picture streams by the quality of their newest picture, 0 the best.",
    QUALITY_LEVELS.map((tier) => [
      { tier: `${tier}` },
      state.filter((viewer) => viewer.tier === tier).length,
    ]),
  );
  counter(
    "scenecast_frames_sent_total",
    "Pictures handed to viewers' connections.",
    totals.map(({ transport, frames }) => [{ transport }, frames]),
  );
  counter(
    "scenecast_frames_skipped_total",
    "Frames that passed viewers by because their connections were busy.",
    totals.map(({ transport, skipped }) => [{ transport }, skipped]),
  );
  counter(
    "scenecast_sent_bytes_total",
    "Bytes of picture streams.",
    totals.map(({ transport, bytes }) => [{ transport }, bytes]),
  );
  histogram("scenecast_frame_age_seconds", "From the end of rendering to the hand-over, for each viewer.", [
    [{}, latency.frameAge],
  ]);
  histogram("scenecast_round_trip_seconds", "From handing a picture over to its acknowledgement.", [
    [{}, latency.roundTrip],
  ]);
  histogram(
    "scenecast_input_latency_seconds",
    "From an event's coming in until a picture that shows it was handed over (sent) or acknowledged (seen), for each viewer.",
    [
      [{ until: "sent" }, latency.inputToSent],
      [{ until: "seen" }, latency.inputToAcknowledged],
    ],
  );

  counter("scenecast_events_accepted_total", "Events taken for the renderer, merged ones too.", [
    [{}, input.accepted],
  ]);
  counter("scenecast_events_merged_total", "Events that became one with the event before.", [
    [{}, input.merged],
  ]);
  counter("scenecast_events_refused_total", "Events that no renderer took.", [[{}, input.refused]]);
  gauge("scenecast_events_pending", "Events that wait for room in the renderer's queue.", [
    [{}, input.pending],
  ]);

  const own = processMetrics();
  counter("process_cpu_seconds_total", "User and system CPU time of the server.", [[{}, own.cpuSeconds]]);
  gauge("process_start_time_seconds", "When the server's process began, since 1970.", [
    [{}, own.startTimeSeconds],
  ]);
  gauge("process_resident_memory_bytes", "Resident memory of the server.", [[{}, own.residentBytes]]);
  gauge("process_open_fds", "File descriptors that are open.", [[{}, own.openFds]]);
  gauge("process_max_fds", "File descriptors that may be open.", [[{}, own.maxFds]]);
  return registry.metrics();
}

function labelNames(samples: readonly Sample[]): string[] {
  return Object.keys(samples[0]?.[0] ?? {});
}

interface HistogramOf {
  name: string;
  help: string;
  of: readonly [labels: Sample[0], durations: LatencyHistogram][];
}

/** prom-client's own histogram counts only what it was told of one by one; this one was counted already. */
function register(registry: Registry, { name, help, of }: HistogramOf): void {
  const value = (suffix: string, labels: Sample[0], number: number): MetricValueWithName<string> => ({
    metricName: `${name}_${suffix}`,
    labels,
    value: number,
  });
  const values = of.flatMap(([labels, { bounds, cumulativeCounts, count, sum }]) => [
    ...bounds.map((bound, i) => value("bucket", { ...labels, le: `${bound}` }, cumulativeCounts[i] ?? 0)),
    value("bucket", { ...labels, le: "+Inf" }, count),
    value("sum", labels, sum),
    value("count", labels, count),
  ]);
  const get = async () => ({ name, help, type: "histogram", aggregator: "sum", values });
  registry.registerMetric({ name, get } as unknown as Metric);
}
