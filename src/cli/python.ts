import { codeOf } from "./errors.ts";
import { pythonModule } from "./python-module.ts" with { type: "macro" };

/** `scenecast python`: prints the Python package as one file. */
export async function python(): Promise<void> {
  try {
    await Bun.write(Bun.stdout, pythonModule());
  } catch (error) {
    // The reader may stop early, as in `scenecast python | head`.
    if (codeOf(error) !== "EPIPE") throw error;
  }
}
