/**
 * Parses any CSS color: names, hex, rgb(), hsl(), lab(), oklch(), … Without three.js, whose import would take 30 ms.
 *
 * @returns red, green and blue, 0 to 255
 * @throws RangeError that quotes the text, also for colors that are not opaque
 */
export function parseOpaqueColor(text: string): [red: number, green: number, blue: number] {
  const rgba = Bun.color(text, "[rgba]");
  if (rgba === null) {
    throw new RangeError(
      `background "${text.slice(0, 60)}" is not a CSS color; try "white", "#202830" or "hsl(210 20% 15%)"`,
    );
  }
  const [red, green, blue, alpha] = rgba;
  if (alpha < 255)
    throw new RangeError(`background "${text.slice(0, 60)}" is not opaque; give a color without alpha`);
  return [red, green, blue];
}
