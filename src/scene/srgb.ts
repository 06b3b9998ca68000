/** The sRGB transfer function's inverse (IEC 61966-2-1): a component of a colour as linear light, both 0 to 1. */
export function linearFromSrgb(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
