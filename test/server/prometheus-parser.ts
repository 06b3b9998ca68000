/** One sample in Prometheus' text format. */
interface MetricSample {
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
 * Strict parser of Prometheus' text format 0.0.4.
 * @throws Error also for violations of its conventions: a family without help, a counter without `_total`, a negative value
 */
export function readMetrics(text: string): Map<string, MetricFamily> {
  const families = new Map<string, MetricFamily>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | null = null;
  let current = "";
  if (!text.endsWith("\n")) throw new Error("The last line has no newline.");
  for (const line of text.slice(0, -1).split("\n")) {
    const fail = (reason: string): never => {
      throw new Error(`${reason}: ${line}`);
    };
    if (line === "") continue;
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") help = { name, text: rest };
    else if (kind === "TYPE") {
      if (help?.name !== name) fail("HELP is missing before this");
      if (families.has(name)) fail("Duplicate family");
      if (!TYPES.includes(rest)) fail("Unknown type");
      if ((rest === "counter") !== name.endsWith("_total")) fail("Only counters must end in _total");
      families.set(name, { type: rest, help: help?.text ?? "", samples: [] });
      current = name;
    } else if (line.startsWith("#")) fail("A comment that is neither help nor type");
    else {
      const match = SAMPLE.exec(line) ?? fail("Not a sample");
      const [, sample = "", labelText = "", number = ""] = match;
      const family = families.get(current);
      const isPart =
        family?.type === "histogram"
          ? SUFFIXES.some((suffix) => sample === current + suffix)
          : sample === current;
      if (family === undefined || !isPart) return fail("Not a sample of the current family");
      const id = `${sample}{${labelText}}`;
      if (seen.has(id)) fail("Duplicate sample");
      seen.add(id);
      const value = Number(number);
      if (!/^[0-9.e+-]+$/.test(number) || !Number.isFinite(value) || value < 0)
        fail("Not a finite number of 0 or more");
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
    if (name in labels) throw new Error(`Duplicate label: ${text}`);
    labels[name] = label
      .slice(at + 2, -1)
      .replace(/\\(.)/g, (_, character) => (character === "n" ? "\n" : character));
  }
  return labels;
}

/** Checks that buckets increase in bound and count, and that the last is +Inf with the total count. */
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
        throw new Error(`${name}${labels}: the buckets do not increase at ${bucket.labels.le}.`);
      }
    }
    if (count === 0 && sum !== 0) throw new Error(`${name}${labels} has a sum without samples.`);
  }
}
