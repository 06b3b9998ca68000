import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

/** Median and spread of repeated runs. */
export interface Figure {
  median: number;
  min: number;
  max: number;
}

export function figure(values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return { median: (upper + lower) / 2, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** The quantile of the values at this share, 0 to 1. */
export function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
}

/** Formats a figure like "26.9 (25.1 to 27.3)". */
export function formatFigure({ median, min, max }: Figure, digits = 1): string {
  if (Number.isNaN(median)) return "not measured";
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

/** Runs `measure` `times` times, one after the other. */
export async function repeat(times: number, measure: () => Promise<number>): Promise<Figure> {
  const values: number[] = [];
  for (let run = 0; run < times; run++) values.push(await measure());
  return figure(values);
}

/** CPU time of all threads of a process so far, ms. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  // utime and stime in ticks of 10 ms: fields 14 and 15 of proc(5), without the two that were removed.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Proportional set size (PSS) of a process, MiB. */
export function memoryMiB(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? Number.NaN) / 1024;
}

export function machine(): string {
  const model = cpus()[0]?.model ?? "unknown processor";
  return `${cpus().length} cores of ${model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${readFileSync("/proc/sys/kernel/osrelease", "utf8").trim()}, Bun ${Bun.version}`;
}

/** Noise of the machine: a fixed computation timed 15 times. Differences between figures that are within its spread mean nothing. */
export function noise(): Figure {
  const times: number[] = [];
  for (let run = 0; run < 15; run++) {
    const startedAt = performance.now();
    let value = 1;
    for (let step = 0; step < 2e7; step++) value = (value * 1103515245 + 12345) & 0x7fffffff;
    if (value < 0) throw new Error("unreachable");
    times.push(performance.now() - startedAt);
  }
  return figure(times);
}
