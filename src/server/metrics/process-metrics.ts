import { readdirSync, readFileSync } from "node:fs";

/** Prometheus' standard metrics of a process. */
export interface ProcessMetrics {
  cpuSeconds: number;
  startTimeSeconds: number;
  residentBytes: number;
  openFds: number;
  maxFds: number;
}

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
