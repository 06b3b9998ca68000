import type { LatencyHistogram } from "../../encode/latency-histogram.ts";

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

/** Media type of {@link PrometheusText.text}. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Writes Prometheus' text format 0.0.4. */
export class PrometheusText {
  /** All lines so far. */
  text = "";

  gauge(name: string, help: string, samples: readonly Sample[] | number): void {
    this.#family(name, "gauge", help, samples);
  }

  /** `name` must end in `_total`. */
  counter(name: string, help: string, samples: readonly Sample[] | number): void {
    this.#family(name, "counter", help, samples);
  }

  histogram(name: string, help: string, series: readonly (readonly [Labels, LatencyHistogram])[]): void {
    this.#header(name, "histogram", help);
    for (const [labels, { bounds, cumulativeCounts, count, sum }] of series) {
      for (const [i, bound] of bounds.entries()) {
        this.#sample(`${name}_bucket`, { ...labels, le: `${bound}` }, cumulativeCounts[i] ?? 0);
      }
      this.#sample(`${name}_bucket`, { ...labels, le: "+Inf" }, count);
      this.#sample(`${name}_sum`, labels, sum);
      this.#sample(`${name}_count`, labels, count);
    }
  }

  #family(name: string, type: string, help: string, samples: readonly Sample[] | number): void {
    this.#header(name, type, help);
    if (typeof samples === "number") this.#sample(name, {}, samples);
    else for (const [labels, value] of samples) this.#sample(name, labels, value);
  }

  #header(name: string, type: string, help: string): void {
    this.text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  }

  #sample(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    this.text += `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}\n`;
  }
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
