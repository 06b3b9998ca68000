import noticesPath from "../../build/notices.txt" with { type: "file" };
import { codeOf } from "./errors.ts";

/**
 * Licence notices of all software in the executable (npm packages, Bun and its libraries, ANGLE, SwiftShader, libjpeg-turbo), with
 * the licence texts. About 200 kB of plain text.
 */
export function licenseNotices(): Promise<string> {
  return Bun.file(noticesPath).text();
}

export async function licenses(): Promise<void> {
  try {
    await Bun.write(Bun.stdout, await licenseNotices());
  } catch (error) {
    // The reader may stop early, as in `scenecast licenses | head`.
    if (codeOf(error) !== "EPIPE") throw error;
  }
}
