import { configureSync, type LogRecord } from "@logtape/logtape";
import { printable } from "./errors.ts";
import type { LogLevelName } from "./option-values.ts";

/** Maximum size of unwritten log lines, bytes. A program that starts scenecast with a pipe as standard error may never read it. */
const MAX_PENDING_BYTES = 64 * 1024;

/** Formats a line: time of day, level unless it is "info", message. */
function formatLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toTimeString().slice(0, 8);
  const level = record.level === "info" ? "" : `${record.level}: `;
  return `${time} ${level}${printable(record.message.map(String).join(""))}\n`;
}

/** Writes lines to standard error without blocking: lines that do not fit into a full pipe are dropped. */
function standardErrorSink(): (record: LogRecord) => void {
  let pendingBytes = 0;
  ignoreEpipe(process.stderr);
  return (record) => {
    const line = formatLine(record);
    const bytes = Buffer.byteLength(line);
    if (pendingBytes + bytes > MAX_PENDING_BYTES) return;
    pendingBytes += bytes;
    process.stderr.write(line, () => {
      pendingBytes -= bytes;
    });
  };
}

/** Sends the log to standard error, since standard output is for the ready line. */
export function configureLog(level: LogLevelName): void {
  configureSync({
    reset: true,
    sinks: { stderr: standardErrorSink() },
    loggers: [
      { category: "scenecast", sinks: ["stderr"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["stderr"], lowestLevel: "error" },
    ],
  });
}

/** Ignores write errors of a stream: EPIPE, after its reader has ended, would otherwise end this process. */
export function ignoreEpipe(stream: NodeJS.WriteStream): void {
  stream.on("error", () => {});
}
