/** Returns RGBA pixels as 32-bit words, one per pixel, without a copy. */
function wordsOf(pixels: Uint8Array): Uint32Array {
  return new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.byteLength / 4);
}

/** Allocates memory for RGBA pixels. */
export function allocatePixels(width: number, height: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(width * height * 4));
}

const ODD_COMPONENTS = 0x00ff00ff;

/** Scales pixels to another size by bilinear interpolation. */
export function scalePixels(
  source: Uint8Array,
  [fromWidth, fromHeight]: readonly [number, number],
  [width, height]: readonly [number, number],
): Uint8Array {
  if (width === fromWidth && height === fromHeight) return source;
  const target = allocatePixels(width, height);
  const [to, from] = [wordsOf(target), wordsOf(source)];
  const columns = interpolation(fromWidth, width);
  const rows = interpolation(fromHeight, height);
  for (let y = 0, at = 0; y < height; y += 1) {
    const [top, bottom] = [(rows.first[y] ?? 0) * fromWidth, (rows.second[y] ?? 0) * fromWidth];
    const weightY = rows.weights[y] ?? 0;
    for (let x = 0; x < width; x += 1, at += 1) {
      const [left, right, weightX] = [columns.first[x] ?? 0, columns.second[x] ?? 0, columns.weights[x] ?? 0];
      const upper = mix(from[top + left] ?? 0, from[top + right] ?? 0, weightX);
      const lower = mix(from[bottom + left] ?? 0, from[bottom + right] ?? 0, weightX);
      to[at] = mix(upper, lower, weightY);
    }
  }
  return target;
}

/** Linear interpolation along one axis: for each of `to` pixels, the two nearest of `from` pixels and the weight of the second, 0 to 256. */
function interpolation(from: number, to: number) {
  const [first, second, weights] = [new Uint32Array(to), new Uint32Array(to), new Uint32Array(to)];
  for (let i = 0; i < to; i += 1) {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    first[i] = Math.floor(at);
    second[i] = Math.min(from - 1, Math.floor(at) + 1);
    weights[i] = Math.round(256 * (at % 1));
  }
  return { first, second, weights };
}

/** Interpolates between two pixels; `weight` of the second is 0 to 256. */
function mix(a: number, b: number, weight: number): number {
  if (a === b) return a;
  const rest = 256 - weight;
  const odd = ((a & ODD_COMPONENTS) * rest + (b & ODD_COMPONENTS) * weight) >>> 8;
  const even = ((a >>> 8) & ODD_COMPONENTS) * rest + ((b >>> 8) & ODD_COMPONENTS) * weight;
  return (odd & ODD_COMPONENTS) | (even & ~ODD_COMPONENTS);
}

/**
 * Composites an incomplete frame over another image, in place: the image is visible where the frame is not drawn yet.
 *
 * @param frame RGBA pixels; alpha is the share of a pixel that is drawn
 * @param background red, green, blue and alpha of an undrawn pixel
 * @param below RGBA pixels of the same size
 */
export function fillUndrawn(frame: Uint8Array, background: readonly number[], below: Uint8Array): void {
  const [words, belowWords] = [wordsOf(frame), wordsOf(below)];
  for (let pixel = 0; pixel < words.length; pixel += 1) {
    const alpha = (words[pixel] ?? 0) >>> 24;
    if (alpha === 255) continue;
    if (alpha === 0) {
      words[pixel] = belowWords[pixel] ?? 0;
      continue;
    }
    const share = 1 - alpha / 255;
    for (let component = 0; component < 4; component += 1) {
      const at = 4 * pixel + component;
      frame[at] = Math.max(
        0,
        Math.min(255, (frame[at] ?? 0) + share * ((below[at] ?? 0) - (background[component] ?? 0))),
      );
    }
  }
}

/** Reverses the order of the rows, in place. */
export function flipRows(data: Uint8Array, stride: number, height: number): void {
  const row = new Uint8Array(stride);
  for (let top = 0, bottom = height - 1; top < bottom; top += 1, bottom -= 1) {
    row.set(data.subarray(top * stride, (top + 1) * stride));
    data.copyWithin(top * stride, bottom * stride, (bottom + 1) * stride);
    data.set(row, bottom * stride);
  }
}

/** Returns the RGBA value that all pixels have, or undefined if they differ. @param pixels aligned to 4 bytes */
export function uniformPixelOf(pixels: Uint8Array): number | undefined {
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.byteLength / 4);
  const first = words[0];
  return words.every((pixel) => pixel === first) ? first : undefined;
}
