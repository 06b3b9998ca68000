import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { whyNoNumpy } from "../../test/interop/fury-program.ts";
import type { TestBrowser } from "../../test/support/browser.ts";
import { probeStamps, type SeenStamp, type SeenStamps } from "./stamp-probe.ts";

/** Transport of the frames, as in the query of the page's URL. */
export type Encoding = SeenStamp["transport"];

/** Names of transports in the report. */
export const TRANSPORT_NAMES: Readonly<Record<Encoding, string>> = {
  webrtc: "WebRTC",
  video: "video over WebSocket",
  jpeg: "JPEG over WebSocket",
};

const FIRST_FRAME_TIMEOUT_MS = 15_000;

/** Returns why stamps cannot be read in Chromium on this machine, or an empty string. */
export function whyNoStampedPage(): string {
  if (!existsSync(process.env.CHROMIUM ?? "/usr/bin/chromium")) return "chromium is not installed";
  return whyNoNumpy();
}

/** The page in Chromium, with {@link probeStamps}. */
export class StampedPage implements AsyncDisposable {
  readonly #page: Page;
  readonly #encoding: Encoding;
  /** Start of its navigation, ms since 1970. */
  readonly #openedAt: number;

  private constructor(page: Page, encoding: Encoding, openedAt: number) {
    this.#page = page;
    this.#encoding = encoding;
    this.#openedAt = openedAt;
  }

  /** @param prepare called before the page is loaded */
  static async open(
    browser: TestBrowser,
    url: string,
    encoding: Encoding,
    prepare: (page: Page) => Promise<void> = async () => {},
  ): Promise<StampedPage> {
    const page = await browser.context.newPage();
    await page.addInitScript(probeStamps);
    await prepare(page);
    const address = new URL(url);
    address.searchParams.set("encoding", encoding);
    const openedAt = Date.now();
    await page.goto(address.href);
    return new StampedPage(page, encoding, openedAt);
  }

  /** Returns the stamps since the previous call. */
  take(): Promise<SeenStamps> {
    return this.#page.evaluate(() => Reflect.get(globalThis, "seenStamps")() as SeenStamps);
  }

  /** Waits for the first frame, and returns why its transport is not the requested one, or an empty string. */
  async whyWrongTransport(): Promise<string> {
    const first = await this.first();
    if (first === null) return "no frame arrived";
    return first.transport === this.#encoding
      ? ""
      : `the page used ${TRANSPORT_NAMES[first.transport]} instead`;
  }

  /** Waits for the first frame. @returns its transport, and the time since navigation and since the connection, ms; null after a timeout */
  async first(): Promise<{ transport: Encoding; sinceOpenedMs: number; sinceJoinedMs: number } | null> {
    const deadline = Date.now() + FIRST_FRAME_TIMEOUT_MS;
    while (Date.now() < deadline) {
      const { stamps, joinedAt } = await this.take();
      const [first] = stamps;
      if (first) {
        const { at, transport } = first;
        return { transport, sinceOpenedMs: at - this.#openedAt, sinceJoinedMs: at - joinedAt };
      }
      await Bun.sleep(20);
    }
    return null;
  }

  /** Returns the stamps of the next `seconds`. */
  async watch(seconds: number): Promise<SeenStamps> {
    await this.take();
    await Bun.sleep(seconds * 1000);
    return this.take();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.close();
  }
}
