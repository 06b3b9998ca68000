import { readdirSync, readFileSync } from "node:fs";

/** What Prometheus knows of every process, by the names and units that its client libraries agree on. */
export interface ProcessMetrics {
  cpuSeconds: number;
  startTimeSeconds: number;
  residentBytes: number;
  openFds: number;
  maxFds: number;
}

/**
 * Those of this process. prom-client has such figures too, but its set can not be chosen from: in Bun some are NaN or
 * nonsense, and its event loop lag keeps a timer that fires 100 times a second.
 */
export function processMetrics(): ProcessMetrics {
  const { user, system } = process.cpuUsage();
  const limits = readFileSync("/proc/self/limits", "latin1");
  return {
    cpuSeconds: (user + system) / 1e6,
    startTimeSeconds: Date.now() / 1000 - process.uptime(),
    residentBytes: process.memoryUsage.rss(),
    openFds: readdirSync("/proc/self/fd").length,
    maxFds: Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? 0),
  };
}
