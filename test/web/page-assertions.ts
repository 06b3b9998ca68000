/** Waits for what a person would see on the page. Each ends by a condition of the page, or by the time limit of the test. */
import type { Page } from "playwright-core";
import { type PageState, statusMessageFor } from "../../src/web/status/status-message.ts";
import { decodePng } from "../support/images.ts";
import type { Color } from "./pattern-renderer.ts";

/** Makes the page find that its server is local, by an instant page request, however busy this machine is. */
export async function simulateLocalServer(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const page = { requestStart: 0, responseStart: 0 } as PerformanceNavigationTiming;
    performance.getEntriesByType = () => [page];
  });
}

/** Waits until the page shows a message with this text. */
export async function waitForMessage(page: Page, text: string | RegExp): Promise<void> {
  await page.locator("#notice:not([hidden]) #notice-text").filter({ hasText: text }).waitFor();
}

/** Waits until the page shows the message for a state, by default of an open connection to a server with a renderer. */
export async function waitForStatus(page: Page, state: Partial<PageState>): Promise<void> {
  const message = statusMessageFor(
    {
      ...{ connection: { name: "open", overHttp: false }, renderer: null, noStream: false },
      ...{ hasFrame: false, title: "", producer: "renderer", isStalled: false },
      ...state,
    },
    0,
  );
  // Without its ellipsis, before which there may be a countdown.
  await waitForMessage(page, message?.text.replace(/…$/, "") ?? "");
}

/** Waits until a frame is shown and the page has no message. */
export async function waitForView(page: Page): Promise<void> {
  await page.locator("#stage > .live").waitFor();
  await page.locator("#notice").waitFor({ state: "hidden" });
}

/** Waits until the status line names this transport. */
export async function waitForTransport(page: Page, name: string): Promise<void> {
  await page
    .locator("#status-transport")
    .filter({ hasText: new RegExp(`^${name}$`) })
    .waitFor();
}

/** Waits until a frame, by default the live one, has this colour in the middle of its right lower quarter. */
export async function waitForColor(page: Page, color: Color, selector = "#stage > .live"): Promise<void> {
  await page.waitForFunction(
    ({ wanted, selector }) => {
      const image = document.querySelector<HTMLImageElement | HTMLCanvasElement | HTMLVideoElement>(selector);
      if (image === null || (image instanceof HTMLImageElement && image.naturalWidth === 0)) return false;
      const context = new OffscreenCanvas(4, 4).getContext("2d");
      if (context === null) return false;
      context.drawImage(image, 0, 0, 4, 4);
      const seen = context.getImageData(3, 3, 1, 1).data;
      return wanted.every((value, channel) => Math.abs(value - (seen[channel] ?? 0)) < 24);
    },
    { wanted: color, selector },
  );
}

/** The colour of one pixel of the window, as painted. */
export async function pixelAt(page: Page, x: number, y: number): Promise<[number, number, number]> {
  const { data } = decodePng(await page.screenshot({ clip: { x, y, width: 1, height: 1 } }));
  return [data[0] ?? 0, data[1] ?? 0, data[2] ?? 0];
}

/** Waits until a pixel of the window has such a colour: what the page draws is composited a moment later. */
export async function waitForPixel(
  page: Page,
  x: number,
  y: number,
  matches: (color: readonly [number, number, number]) => boolean,
): Promise<void> {
  let seen = await pixelAt(page, x, y);
  for (let tries = 0; tries < 50 && !matches(seen); tries++) seen = await pixelAt(page, x, y);
  if (!matches(seen)) throw new Error(`The pixel at ${x}, ${y} stays rgb(${seen.join(", ")}).`);
}

/** Makes the page hidden or visible: windows of a headless browser are always visible. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

/** A message of the server, with these fields replaced if it is a hello. */
export function withHelloFields(message: string | Buffer, change: object): string | Buffer {
  if (typeof message !== "string") return message;
  const parsed = JSON.parse(message);
  return parsed.type === "hello" ? JSON.stringify({ ...parsed, ...change }) : message;
}
