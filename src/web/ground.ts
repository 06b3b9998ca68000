import type { Size } from "./geometry.ts";

type Rgb = readonly [red: number, green: number, blue: number];

/** Largest difference of a channel between corners of one background: VP8 and JPEG are that far off. */
const TOLERANCE = 8;
/** A smaller change is noise of the encoding, and would make the ground flicker. */
const MIN_CHANGE = 3;

/**
 * The colour around the picture: that of the picture's corners where they are all alike, so that no light bars stand beside
 * a dark scene. The panels are dark or light with it. Before the first picture both follow the browser's colour scheme.
 */
export class Ground {
  readonly #fixed: boolean;
  readonly #corners = document.createElement("canvas");
  #color: Rgb | undefined;

  /** @param asked a CSS colour that stays whatever the picture is; null for the picture's */
  constructor(asked: string | null) {
    this.#fixed = asked !== null;
    this.#corners.width = 2;
    this.#corners.height = 2;
    if (asked !== null) this.#paint(asked);
  }

  /** Takes over the colour of this picture's background. */
  follow(picture: CanvasImageSource, { width, height }: Size): void {
    if (this.#fixed) return;
    const context = this.#corners.getContext("2d", { alpha: false, willReadFrequently: true });
    if (context === null) return;
    for (const x of [0, 1]) {
      for (const y of [0, 1]) context.drawImage(picture, x * (width - 1), y * (height - 1), 1, 1, x, y, 1, 1);
    }
    const color = commonColor(context.getImageData(0, 0, 2, 2).data);
    if (color === null || (this.#color !== undefined && difference(color, this.#color) < MIN_CHANGE)) return;
    this.#color = color;
    this.#paint(`rgb(${color.join(" ")})`);
  }

  #paint(color: string): void {
    const { documentElement: root, body } = document;
    root.style.setProperty("--ground", color);
    const [red = 0, green = 0, blue = 0] = rgbOf(getComputedStyle(body).backgroundColor);
    // Luma of BT.601.
    root.dataset.scheme = 0.299 * red + 0.587 * green + 0.114 * blue > 127 ? "light" : "dark";
  }
}

/** The colour of all pixels, RGBA, where they are alike; else null. */
export function commonColor(pixels: ArrayLike<number>): Rgb | null {
  const channels = [0, 1, 2].map((channel) => {
    const values = Array.from({ length: pixels.length / 4 }, (_, i) => pixels[4 * i + channel] ?? 0);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const mean = Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
    return { mean, range: most - least };
  });
  if (channels.some(({ range }) => range > TOLERANCE)) return null;
  const [red = 0, green = 0, blue = 0] = channels.map(({ mean }) => mean);
  return [red, green, blue];
}

function difference(a: Rgb, b: Rgb): number {
  return Math.max(...a.map((value, channel) => Math.abs(value - (b[channel] ?? 0))));
}

/** Red, green and blue of a computed `rgb()`; none of another colour space's colour. */
function rgbOf(computed: string): number[] {
  return computed.startsWith("rgb") ? (computed.match(/[\d.]+/g) ?? []).map(Number) : [];
}
