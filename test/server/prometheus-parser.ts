/** One figure of Prometheus' text format. */
export interface MetricSample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** All samples under one `# TYPE`. */
export interface MetricFamily {
  type: string;
  help: string;
  samples: MetricSample[];
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"`;
const SAMPLE = new RegExp(String.raw`^(${NAME})(?:\{(${LABEL}(?:,${LABEL})*)\})? (\S+)$`);
const TYPES = ["counter", "gauge", "histogram"];
const SUFFIXES = ["_bucket", "_sum", "_count"];

/**
 * Reads Prometheus' text format 0.0.4 and takes nothing that it does not allow, nor what its conventions advise against: a
 * family without help, a counter without `_total`, a figure that is no number or negative, a histogram that is none.
 */
export function readMetrics(text: string): Map<string, MetricFamily> {
  const families = new Map<string, MetricFamily>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | null = null;
  let current = "";
  if (!text.endsWith("\n")) throw new Error("The last line does not end.");
  for (const line of text.slice(0, -1).split("\n")) {
    const refuse = (why: string): never => {
      throw new Error(`${why}: ${line}`);
    };
    if (line === "") continue;
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") help = { name, text: rest };
    else if (kind === "TYPE") {
      if (help?.name !== name) refuse("There is no help before this");
      if (families.has(name)) refuse("This family is there twice");
      if (!TYPES.includes(rest)) refuse("There is no such type");
      if ((rest === "counter") !== name.endsWith("_total")) refuse("Counters, and they alone, end in _total");
      families.set(name, { type: rest, help: help?.text ?? "", samples: [] });
      current = name;
    } else if (line.startsWith("#")) refuse("A comment that is neither help nor type");
    else {
      const match = SAMPLE.exec(line) ?? refuse("This is no sample");
      const [, sample = "", labelText = "", number = ""] = match;
      const family = families.get(current);
      const isPart =
        family?.type === "histogram"
          ? SUFFIXES.some((suffix) => sample === current + suffix)
          : sample === current;
      if (family === undefined || !isPart) return refuse("This belongs to no family, or to another one");
      const id = `${sample}{${labelText}}`;
      if (seen.has(id)) refuse("This is there twice");
      seen.add(id);
      const value = Number(number);
      if (!/^[0-9.e+-]+$/.test(number) || !Number.isFinite(value) || value < 0) refuse("This is no figure");
      family.samples.push({ name: sample, labels: readLabels(labelText), value });
    }
  }
  for (const [name, family] of families) if (family.type === "histogram") checkHistogram(name, family);
  return families;
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [label] of text.matchAll(new RegExp(LABEL, "g"))) {
    const at = label.indexOf("=");
    const name = label.slice(0, at);
    if (name in labels) throw new Error(`A label is there twice: ${text}`);
    labels[name] = label
      .slice(at + 2, -1)
      .replace(/\\(.)/g, (_, character) => (character === "n" ? "\n" : character));
  }
  return labels;
}

/** Buckets rise in bound and count, end in +Inf, and that one is the count. */
function checkHistogram(name: string, { samples }: MetricFamily): void {
  const series = Map.groupBy(samples, ({ labels: { le: _, ...others } }) => JSON.stringify(others));
  for (const [labels, members] of series) {
    const buckets = members.filter((sample) => sample.name === `${name}_bucket`);
    const count = members.find((sample) => sample.name === `${name}_count`)?.value;
    const sum = members.find((sample) => sample.name === `${name}_sum`)?.value;
    if (count === undefined || sum === undefined) throw new Error(`${name}${labels} has no count or sum.`);
    if (buckets.at(-1)?.labels.le !== "+Inf" || buckets.at(-1)?.value !== count) {
      throw new Error(`${name}${labels}: the last bucket is not the count.`);
    }
    for (const [i, bucket] of buckets.entries()) {
      const before = buckets[i - 1];
      const bound = bucket.labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(bucket.labels.le);
      if (before !== undefined && !(bound > Number(before.labels.le) && bucket.value >= before.value)) {
        throw new Error(`${name}${labels}: the buckets do not rise at ${bucket.labels.le}.`);
      }
    }
    if (count === 0 && sum !== 0) throw new Error(`${name}${labels} has a sum of nothing.`);
  }
}
