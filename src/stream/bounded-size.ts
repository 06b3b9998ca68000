/**
 * The size in px at which a window is rendered: its own, rounded, or smaller with the same aspect ratio where it has more
 * than `mostPixels` pixels or a side longer than `longestSide`; at least 1x1.
 */
export function boundedSize(
  width: number,
  height: number,
  mostPixels: number,
  longestSide: number,
): [width: number, height: number] {
  const [wide, high] = [Math.max(1, Math.round(width)), Math.max(1, Math.round(height))];
  const scale = Math.min(1, Math.sqrt(mostPixels / (wide * high)), longestSide / Math.max(wide, high));
  // A sliver's short side cannot shrink below 1: then its long side is the number of pixels.
  const longest = Math.min(longestSide, mostPixels);
  const side = (value: number) => Math.min(longest, Math.max(1, Math.floor(value * scale)));
  return [side(wide), side(high)];
}
