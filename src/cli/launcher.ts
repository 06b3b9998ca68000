import { NativeLibraryError } from "../native/errors.ts";

/**
 * Ends this process when the npm package's launcher ends, which cannot pass on a SIGKILL. Does nothing where the
 * launcher did not start this process.
 */
export async function exitWithLauncher(): Promise<void> {
  const launcher = process.ppid;
  if (process.env.SCENECAST_LAUNCHER !== String(launcher)) return;
  try {
    const { dieWithParent } = await import("../native/process.ts");
    if (!dieWithParent(launcher)) process.exit(1);
  } catch (error) {
    // A command that needs the native library says so itself; doctor and --help work without.
    if (!(error instanceof NativeLibraryError)) throw error;
  }
}
