import { AtomicFile } from "../util/atomic-file.ts";
import { CommandError, codeOf } from "./errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Writes chunks to a file atomically, or to standard output for `-`. The file is renamed to its final name when it is complete: neither
 * an error nor a signal leaves a partial file or damages an existing one.
 *
 * @returns bytes written
 * @throws CommandError if the file cannot be written; errors of `chunks` unchanged
 */
export async function writePicture(
  output: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  let bytes = 0;
  if (output === "-") {
    const sink = Bun.stdout.writer();
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      sink.write(chunk);
      await sink.flush();
    }
    await sink.end();
    return bytes;
  }
  await writeFile(output, "picture", async (write) => {
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      write(chunk);
    }
  });
  return bytes;
}

/**
 * Writes a file atomically, as {@link writePicture} does.
 *
 * @param kind of the file, for messages
 * @param produce writes the content, by a function as `AtomicFile.write`
 * @throws CommandError if the file cannot be written; errors of `produce` unchanged
 */
export async function writeFile(
  output: string,
  kind: "picture" | "film",
  produce: (write: AtomicFile["write"]) => Promise<void>,
): Promise<void> {
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      const code = codeOf(error);
      const reason = code === "ENOSPC" ? " The disk is full." : "";
      throw new CommandError(`Cannot write the ${kind} to ${output} (${code}).${reason}`);
    }
  };
  const file = attempt(() => new AtomicFile(output));
  const stop = (signal: NodeJS.Signals): void => {
    file.remove();
    for (const each of SIGNALS) process.off(each, stop);
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    await produce((bytes, position) => attempt(() => file.write(bytes, position)));
    attempt(() => file.finish());
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    file.remove();
  }
}
