import { type Box3, Vector3 } from "three";
import type { AnnotatedView } from "./annotations.ts";
import type { Drawing } from "./drawing.ts";
import { formatTick, niceBelow } from "./nice-numbers.ts";

/** Distance of the bar from the lower edge, px: the page's buttons cover 50 px there. */
const BOTTOM_MARGIN = 60;

/** Maximum length of the bar as a share of the view's width. */
const MAX_SHARE = 0.2;

/** A bar of a round length at the lower edge. In a perspective view it applies at the distance of the scene's centre. */
export function drawScaleBar(
  drawing: Drawing,
  { camera, width, font, scale }: AnnotatedView,
  bounds: Box3,
  unit: string | undefined,
): void {
  const center = bounds.getCenter(new Vector3()).applyMatrix4(camera.matrixWorldInverse);
  const toScreen = (x: number): number => new Vector3(x, 0, center.z).applyMatrix4(camera.projectionMatrix).x;
  const pixelsPerUnit = ((toScreen(1) - toScreen(0)) * width) / 2;
  if (!(pixelsPerUnit > 0) || !Number.isFinite(pixelsPerUnit)) return;
  const length = niceBelow((MAX_SHARE * width) / pixelsPerUnit);
  const [x, y] = [width - 24 * scale - length * pixelsPerUnit, Math.max(scale, 1) * BOTTOM_MARGIN];
  drawing.rectangle(x - scale, y - scale, length * pixelsPerUnit + 2 * scale, 6 * scale, font.halo);
  drawing.rectangle(x, y, length * pixelsPerUnit, 4 * scale, font.color);
  const label = [formatTick(length, length), ...(unit === undefined ? [] : [unit])].join(" ");
  drawing.text(label, x + (length * pixelsPerUnit) / 2, y + 14 * scale, { ...font, align: "center" });
}
