import { configureSync, type LogRecord } from "@logtape/logtape";
import type { LogLevelName } from "./options.ts";

/** One line: time of day, level where it is not information, message. */
function formatLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toTimeString().slice(0, 8);
  const level = record.level === "info" ? "" : `${record.level}: `;
  return `${time} ${level}${record.message.map(String).join("")}\n`;
}

/** Sends the log to standard error; standard output belongs to the ready line. */
export function configureLog(level: LogLevelName): void {
  configureSync({
    reset: true,
    sinks: { stderr: (record) => void process.stderr.write(formatLine(record)) },
    loggers: [
      { category: "scenecast", sinks: ["stderr"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["stderr"], lowestLevel: "error" },
    ],
  });
}
