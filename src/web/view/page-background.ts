import type { Size } from "./geometry.ts";

type Rgb = readonly [red: number, green: number, blue: number];

/** Maximum difference of a channel between the corners of a uniform background: the error of VP8 and JPEG. */
const TOLERANCE = 8;
/** Minimum difference of a channel that changes the page. Less is encoding noise and would flicker. */
const MIN_CHANGE = 3;

/**
 * The page's background color around the view (its letterbox). It is the color of the frame's corners if all four are alike, so
 * that a dark scene has no light bars beside it; the panels become dark or light with it. Before the first frame both follow the
 * browser's color scheme.
 */
export class PageBackground {
  readonly #fixed: boolean;
  readonly #corners = document.createElement("canvas");
  #color: Rgb | undefined;

  /** @param fixed a CSS color that overrides the frame's; null to follow the frame */
  constructor(fixed: string | null) {
    this.#fixed = fixed !== null;
    this.#corners.width = 2;
    this.#corners.height = 2;
    if (fixed !== null) this.#apply(fixed);
  }

  /** Adopts the background color of this frame, unless a fixed one was given or the corners differ. */
  match(frame: CanvasImageSource, { width, height }: Size): void {
    if (this.#fixed) return;
    const context = this.#corners.getContext("2d", { alpha: false, willReadFrequently: true });
    if (context === null) return;
    for (const x of [0, 1]) {
      for (const y of [0, 1]) context.drawImage(frame, x * (width - 1), y * (height - 1), 1, 1, x, y, 1, 1);
    }
    const color = commonColor(context.getImageData(0, 0, 2, 2).data);
    if (color === null || (this.#color !== undefined && difference(color, this.#color) < MIN_CHANGE)) return;
    this.#color = color;
    this.#apply(`rgb(${color.join(" ")})`);
  }

  #apply(color: string): void {
    const { documentElement: root, body } = document;
    root.style.setProperty("--background", color);
    const [red = 0, green = 0, blue = 0] = rgbOf(getComputedStyle(body).backgroundColor);
    // Luma of BT.601.
    root.dataset.scheme = 0.299 * red + 0.587 * green + 0.114 * blue > 127 ? "light" : "dark";
  }
}

/** Mean color of RGBA pixels; null if a channel varies by more than {@link TOLERANCE}. */
export function commonColor(pixels: ArrayLike<number>): Rgb | null {
  const channels = [0, 1, 2].map((channel) => {
    const values = Array.from({ length: pixels.length / 4 }, (_, i) => pixels[4 * i + channel] ?? 0);
    const mean = Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
    return { mean, range: Math.max(...values) - Math.min(...values) };
  });
  if (channels.some(({ range }) => range > TOLERANCE)) return null;
  const [red = 0, green = 0, blue = 0] = channels.map(({ mean }) => mean);
  return [red, green, blue];
}

/** Maximum difference of a channel. */
function difference(a: Rgb, b: Rgb): number {
  return Math.max(...a.map((value, channel) => Math.abs(value - (b[channel] ?? 0))));
}

/** Channels of a computed `rgb()` or `rgba()`; empty for a color in another color space. */
function rgbOf(computed: string): number[] {
  return computed.startsWith("rgb") ? (computed.match(/[\d.]+/g) ?? []).map(Number) : [];
}
