/** Assertions on the visible page. Each wait ends when its condition holds, or at the timeout of the test. */
import type { Page } from "playwright-core";
import type { HelloMessage } from "../../src/protocol/server-messages.ts";
import type { StatusFigures } from "../../src/web/status/status-line.ts";
import { type PageState, statusMessageFor } from "../../src/web/status/status-message.ts";
import { decodePng } from "../support/images.ts";
import type { Color } from "./pattern-renderer.ts";

/** Makes the page classify its server as local, by simulating an instant page request, even on a busy machine. */
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

/** Waits until the page shows that its server was shut down. */
export const waitForEnd = (page: Page) =>
  waitForStatus(page, { connection: { name: "disconnected", retryAt: null, endReason: "" } });

/** Waits until a frame is shown and the page has no message. */
export async function waitForView(page: Page): Promise<void> {
  await page.locator("#stage > .live").waitFor();
  await page.locator("#notice").waitFor({ state: "hidden" });
}

/** Waits until a figure of the status has this text; figures are hidden unless asked for. */
export async function waitForStatistic(
  page: Page,
  name: keyof StatusFigures | "transport",
  text: RegExp,
): Promise<void> {
  await page.locator(`#status-${name}`).filter({ hasText: text }).waitFor({ state: "attached" });
}

/** Waits until the status has measured a latency from an input to its frame. */
export async function waitForInputLatency(page: Page): Promise<void> {
  await page
    .locator('#status-latency[title^="From your input"]')
    .filter({ hasText: / ms$/ })
    .waitFor({ state: "attached" });
}

/** Waits until the status line names this transport. */
export const waitForTransport = (page: Page, name: string) =>
  waitForStatistic(page, "transport", new RegExp(`^${name}$`));

/** Waits until the page has a copy of a frame below its stream: the last frame, or a preview. */
export async function waitForCopy(page: Page): Promise<void> {
  await page.waitForFunction(
    () => (document.querySelector<HTMLCanvasElement>("#stage > .still")?.width ?? 0) > 0,
  );
}

/** Waits until a frame, by default the live one, has this color in the middle of its right lower quarter. */
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

/** The color of one pixel of a screenshot. */
export async function pixelAt(page: Page, x: number, y: number): Promise<[number, number, number]> {
  const { data } = decodePng(await page.screenshot({ clip: { x, y, width: 1, height: 1 } }));
  return [data[0] ?? 0, data[1] ?? 0, data[2] ?? 0];
}

/** Waits until a pixel of the window matches: the compositor shows a change a moment after the page drew it. */
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

/**
 * Replaces fields of each hello that the page receives from its next load on.
 * @param onSent called with each message of the page
 */
export async function changeHello(
  page: Page,
  getChange: () => Partial<HelloMessage>,
  onSent: (message: string) => void = () => undefined,
): Promise<void> {
  await page.routeWebSocket(/\/ws\?/, (socket) => {
    const upstream = socket.connectToServer();
    socket.onMessage((message) => {
      onSent(String(message));
      upstream.send(message);
    });
    upstream.onMessage((message) => {
      const parsed = typeof message === "string" ? JSON.parse(message) : null;
      socket.send(parsed?.type === "hello" ? JSON.stringify({ ...parsed, ...getChange() }) : message);
    });
  });
}
