import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** No GPU, no sandbox (root in containers), and nothing that talks to anybody outside of the test. */
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

/** A Chromium of its own. Dispose it: that ends its processes and removes its profile. */
export interface TestBrowser extends AsyncDisposable {
  readonly context: BrowserContext;
}

/** Starts Debian's Chromium with a new profile. Throws with a sentence that says what to install where it is missing. */
export async function launchBrowser({
  hostRules,
  ...options
}: WindowOptions & {
  /** Addresses for fictitious host names: Chromium's `--host-resolver-rules`. */
  hostRules?: string;
} = {}): Promise<TestBrowser> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(
      `These tests need Chromium at ${EXECUTABLE}: apt-get install chromium, or name another by CHROMIUM=….`,
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
