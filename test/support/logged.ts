import { configureSync, resetSync } from "@logtape/logtape";

/** Returns the messages of warnings and errors logged while `work` runs. */
export async function loggedWhile(work: () => void | Promise<void>): Promise<string[]> {
  const messages: string[] = [];
  configureSync({
    reset: true,
    sinks: { kept: (record) => messages.push(record.message.join("")) },
    loggers: [
      { category: "scenecast", lowestLevel: "warning", sinks: ["kept"] },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  try {
    await work();
  } finally {
    resetSync();
  }
  return messages;
}
