import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** No GPU, no sandbox (for root in containers), and no requests of the browser itself. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Options of a browser window: see playwright's `launchPersistentContext`. */
export type WindowOptions = NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]>;

/** A Chromium process with its own profile; disposing ends and removes both. */
export interface TestBrowser extends AsyncDisposable {
  readonly context: BrowserContext;
}

/** Starts Chromium with a new profile. @throws Error that says what to install if it is missing */
export async function launchBrowser({
  hostRules,
  ...options
}: WindowOptions & {
  /** Addresses for fictitious host names: Chromium's `--host-resolver-rules`. */
  hostRules?: string;
} = {}): Promise<TestBrowser> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(
      `These tests require Chromium at ${EXECUTABLE}. Install it (apt-get install chromium), or set CHROMIUM to another path.`,
    );
  }
  const profile = await mkdtemp(join(tmpdir(), "scenecast-chromium-"));
  const remove = () => rm(profile, { recursive: true, force: true, maxRetries: 5 });
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: EXECUTABLE,
      args: hostRules === undefined ? FLAGS : [...FLAGS, `--host-resolver-rules=${hostRules}`],
      viewport: { width: 800, height: 600 },
      ...options,
    });
    return {
      context,
      async [Symbol.asyncDispose]() {
        await context.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
