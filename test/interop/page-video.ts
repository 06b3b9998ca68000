import type { Page } from "playwright-core";
import type { Color } from "../web/pattern-renderer.ts";

/** Waits until the `<video>` of a page has this colour in its right lower quarter. */
export async function videoShows(page: Page, color: Color): Promise<void> {
  await page.waitForFunction((wanted) => {
    const video = document.querySelector("video");
    const context = new OffscreenCanvas(4, 4).getContext("2d");
    if (video === null || context === null) return false;
    context.drawImage(video, 0, 0, 4, 4);
    const seen = context.getImageData(3, 3, 1, 1).data;
    return wanted.every((value, channel) => Math.abs(value - (seen[channel] ?? 0)) < 24);
  }, color);
}
