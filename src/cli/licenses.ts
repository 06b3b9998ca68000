import noticesPath from "../../build/notices.txt" with { type: "file" };

/**
 * The licence notices of everything that the executable contains: its npm packages, Bun and what Bun links,
 * ANGLE, SwiftShader and libjpeg-turbo, each with its licence text. About 200 kB of plain text; what
 * `scenecast licenses` prints.
 */
export function licenseNotices(): Promise<string> {
  return Bun.file(noticesPath).text();
}
