import { NativeLibraryError } from "../native/errors.ts";

/**
 * Ends this process when the launcher of the npm package ends, since the launcher cannot forward a SIGKILL. Does nothing if this
 * process was not started by the launcher.
 */
export async function exitWithLauncher(): Promise<void> {
  const launcher = process.ppid;
  if (process.env.SCENECAST_LAUNCHER !== String(launcher)) return;
  try {
    const { dieWithParent } = await import("../native/process.ts");
    if (!dieWithParent(launcher)) process.exit(1);
  } catch (error) {
    // Commands that need the native library report its absence themselves; doctor and --help work without it.
    if (!(error instanceof NativeLibraryError)) throw error;
  }
}
