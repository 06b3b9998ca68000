import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { whyNoSharedProducer } from "../../test/interop/fury-program.ts";
import type { TestBrowser } from "../../test/support/browser.ts";
import { probeStamps, type SeenStamp, type SeenStamps } from "./stamp-probe.ts";

/** A way of the picture to the page, as its address has it. */
export type Encoding = SeenStamp["way"];

/** How a way is called in the report. */
export const WAYS: Readonly<Record<Encoding, string>> = {
  webrtc: "WebRTC",
  video: "video over WebSocket",
  jpeg: "JPEG over WebSocket",
};

const PATIENCE_MS = 15_000;

/** Why no stamps can be looked at in Chromium here; empty where they can. */
export function whyNoStampedPage(): string {
  if (!existsSync(process.env.CHROMIUM ?? "/usr/bin/chromium")) return "chromium is not installed";
  return whyNoSharedProducer();
}

/** The page with the stamps of the pictures that it shows, see {@link probeStamps}. */
export class StampedPage implements AsyncDisposable {
  readonly #page: Page;
  readonly #encoding: Encoding;
  /** When it was told to load, ms since 1970. */
  readonly #openedAt: number;

  private constructor(page: Page, encoding: Encoding, openedAt: number) {
    this.#page = page;
    this.#encoding = encoding;
    this.#openedAt = openedAt;
  }

  /** `prepare`: before it loads. */
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

  /** What it has shown since it was asked last. */
  take(): Promise<SeenStamps> {
    return this.#page.evaluate(() => Reflect.get(globalThis, "seenStamps")() as SeenStamps);
  }

  /** Why its picture does not come the way that was asked for; empty where it does. Waits for the first one. */
  async whyNotThisWay(): Promise<string> {
    const first = await this.first();
    if (first === null) return "no picture came";
    return first.way === this.#encoding ? "" : `the page took ${WAYS[first.way]} instead`;
  }

  /** Waits for its first picture: its way, and the time since the page was opened and since its connection, ms. Null where none comes. */
  async first(): Promise<{ way: Encoding; sinceOpenedMs: number; sinceJoinedMs: number } | null> {
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline) {
      const { stamps, joinedAt } = await this.take();
      const [first] = stamps;
      if (first) {
        const { at, way } = first;
        return { way, sinceOpenedMs: at - this.#openedAt, sinceJoinedMs: at - joinedAt };
      }
      await Bun.sleep(20);
    }
    return null;
  }

  /** What it shows in so many seconds. */
  async watch(seconds: number): Promise<SeenStamps> {
    await this.take();
    await Bun.sleep(seconds * 1000);
    return this.take();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.close();
  }
}
