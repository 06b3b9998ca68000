import type { PixelImage } from "../native/pixel-image.ts";

/** Converts premultiplied alpha, which GL produces at antialiased edges, to the straight alpha of PNG and WebP; in place. */
export function makeAlphaStraight({ data }: PixelImage): void {
  for (let i = 0; i + 3 < data.length; i += 4) {
    const alpha = data[i + 3] ?? 0;
    if (alpha === 0 || alpha === 255) continue;
    for (let c = i; c < i + 3; c += 1) data[c] = Math.min(255, Math.round(((data[c] ?? 0) * 255) / alpha));
  }
}
