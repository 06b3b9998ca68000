import { configureSync, resetSync } from "@logtape/logtape";

/** Returns the messages of `lowestLevel` and above that are logged while `work` runs. */
export async function loggedWhile(
  work: (messages: readonly string[]) => void | Promise<void>,
  lowestLevel: "info" | "warning" = "warning",
): Promise<string[]> {
  const messages: string[] = [];
  configureSync({
    reset: true,
    sinks: { kept: (record) => messages.push(record.message.join("")) },
    loggers: [
      { category: "scenecast", lowestLevel, sinks: ["kept"] },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  try {
    await work(messages);
  } finally {
    resetSync();
  }
  return messages;
}
