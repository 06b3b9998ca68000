import { configureSync, type LogRecord } from "@logtape/logtape";
import type { LogLevelName } from "./choices.ts";
import { printable } from "./errors.ts";

/** Bytes of log that may wait for a reader of standard error. Who starts a server by a pipe may never read it. */
const MAX_WAITING_BYTES = 64 * 1024;

/** One line: time of day, level where it is not information, message. */
function formatLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toTimeString().slice(0, 8);
  const level = record.level === "info" ? "" : `${record.level}: `;
  return `${time} ${level}${printable(record.message.map(String).join(""))}\n`;
}

/** Writes lines to standard error and never waits: a line for which a full pipe has no room is dropped. */
function standardErrorSink(): (record: LogRecord) => void {
  let waiting = 0;
  ignoreEpipe(process.stderr);
  return (record) => {
    const line = formatLine(record);
    const bytes = Buffer.byteLength(line);
    if (waiting + bytes > MAX_WAITING_BYTES) return;
    waiting += bytes;
    process.stderr.write(line, () => {
      waiting -= bytes;
    });
  };
}

/** Sends the log to standard error; standard output belongs to the ready line. */
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

/** Lets a program outlive the reader of what it prints (EPIPE), which would otherwise end it. */
export function ignoreEpipe(stream: NodeJS.WriteStream): void {
  stream.on("error", () => {});
}
