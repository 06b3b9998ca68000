import noticesPath from "../../build/notices.txt" with { type: "file" };

/**
 * The licence notices of everything that the executable contains: its npm packages, Bun and what Bun links,
 * ANGLE, SwiftShader and libjpeg-turbo, each with its licence text. About 200 kB of plain text.
 */
export function licenseNotices(): Promise<string> {
  return Bun.file(noticesPath).text();
}

/** Prints the notices on standard output. */
export async function licenses(): Promise<void> {
  try {
    await Bun.write(Bun.stdout, await licenseNotices());
  } catch (error) {
    // Whoever reads may stop early, as `scenecast licenses | head` does.
    if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
  }
}
