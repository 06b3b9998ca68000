/**
 * The size in px at which a window is rendered: its own size, rounded, or less with the same aspect ratio if it has more
 * than `maxPixels` pixels or a side longer than `maxSide`; at least 1x1.
 */
export function boundedSize(
  width: number,
  height: number,
  maxPixels: number,
  maxSide: number,
): [width: number, height: number] {
  const [roundedWidth, roundedHeight] = [Math.max(1, Math.round(width)), Math.max(1, Math.round(height))];
  const scale = Math.min(
    1,
    Math.sqrt(maxPixels / (roundedWidth * roundedHeight)),
    maxSide / Math.max(roundedWidth, roundedHeight),
  );
  // The short side of a very narrow window cannot shrink below 1 px, so that the long side is limited by maxPixels too.
  const limit = Math.min(maxSide, maxPixels);
  const side = (value: number) => Math.min(limit, Math.max(1, Math.floor(value * scale)));
  return [side(roundedWidth), side(roundedHeight)];
}
