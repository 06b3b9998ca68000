import type { Page } from "playwright-core";

/**
 * Returns texts of the page whose contrast with what is behind them is below 4.5:1 (WCAG 2, AA), as "element text: ratio". Backgrounds
 * are blended from the document on; what is disabled or invisible is exempt, as in WCAG.
 */
export function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Color = readonly [red: number, green: number, blue: number, alpha: number];
    const canvas = document.createElement("canvas");
    canvas.width = 1;
    canvas.height = 1;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new Error("There is no 2D canvas");
    const colorOf = (css: string): Color => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = css;
      context.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha / 255];
    };
    const blend = (above: Color, below: Color, alpha = above[3]): Color => [
      above[0] * alpha + below[0] * (1 - alpha),
      above[1] * alpha + below[1] * (1 - alpha),
      above[2] * alpha + below[2] * (1 - alpha),
      1,
    ];
    const luminance = (color: Color) => {
      const linear = color.slice(0, 3).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
    };
    const contrastOf = (element: Element, pseudo?: string): number => {
      const ancestors: Element[] = [];
      for (let next: Element | null = element; next !== null; next = next.parentElement)
        ancestors.unshift(next);
      let below: Color = [255, 255, 255, 1];
      let opacity = 1;
      for (const style of ancestors.map((ancestor) => getComputedStyle(ancestor))) {
        below = blend(colorOf(style.backgroundColor), below);
        opacity *= Number(style.opacity);
      }
      const style = getComputedStyle(element, pseudo);
      if (pseudo !== undefined) opacity *= Number(style.opacity);
      const color = colorOf(style.color);
      const text = luminance(blend(color, below, color[3] * opacity));
      const behind = luminance(below);
      return (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
    };
    const hasText = (element: Element) =>
      element.matches("input[type=text], input[type=number], select") ||
      [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== "",
      );
    return [...document.querySelectorAll("body *:not(option)")].flatMap((element) => {
      const isExempt = element.matches(":disabled, :disabled *, [aria-disabled=true], noscript");
      if (isExempt || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
        return [];
      const pseudos = element.matches("[placeholder]") ? ["::placeholder"] : [];
      return [...(hasText(element) ? [undefined] : []), ...pseudos].flatMap((pseudo) => {
        const contrast = contrastOf(element, pseudo);
        const name = `${element.localName}.${element.className}${pseudo ?? ""} ${element.textContent.trim().slice(0, 30)}`;
        return contrast < 4.5 ? [`${name}: ${contrast.toFixed(2)}`] : [];
      });
    });
  });
}
