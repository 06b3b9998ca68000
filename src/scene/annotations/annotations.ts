import type { Box3 } from "three";
import type { Legend } from "../../actors/actor.ts";
import type { SceneDocument } from "../../document/scene-document.ts";
import type { Space } from "../../formats/data-kinds.ts";
import type { SceneCamera } from "../camera/view-camera.ts";
import type { ClipHandles } from "../clip-handles.ts";
import type { ViewOverlay } from "../show-options.ts";
import { drawBoxLabels } from "./box-labels.ts";
import { drawClipHandles } from "./clip-handles.ts";
import { drawAxes, drawLetters } from "./directions.ts";
import { Drawing, type Rgba } from "./drawing.ts";
import { drawCrosshair, drawMeasurements } from "./measurements.ts";
import { drawScalarBars } from "./scalar-bar.ts";
import { drawScaleBar } from "./scale-bar.ts";

/** Height of a view, px, at which lengths of annotations are as given; they grow and shrink with the view. */
const REFERENCE_HEIGHT = 720;
const MIN_SCALE = 0.75;
/** The same for a view that is higher than wide, such as a phone's, which is nearer to the eye than 720 columns of a screen would be. */
const REFERENCE_HEIGHT_OF_PORTRAIT = 1280;

/** Minimum width and height of a view with annotations, px: in a smaller one they would hide the data. */
const MIN_SIDE = 200;

const FONT_SIZE = 14;

/** Margin to the right of scalar bars, px, without and with letters at the right edge. */
const MARGIN = 16;
const LETTER_MARGIN = 48;
/** Height of the letter at the upper edge with its margins, px. */
const LETTER_HEIGHT = 36;

/** What annotations are about. Functions are called for each frame. */
export interface AnnotatedScene {
  readonly style: SceneDocument["view"];
  readonly space: Space;
  /** Unit of the coordinates; default: unknown. */
  readonly unit?: string | undefined;
  /** World coordinates. */
  readonly bounds: Box3;
  /** Undefined: none are shown. */
  readonly clipHandles?: ClipHandles | undefined;
  legends(): readonly Legend[];
  /** sRGB, 0 to 1; null: transparent. */
  background(): readonly [number, number, number] | null;
}

/** The view for which annotations are drawn. */
export interface AnnotatedView {
  readonly camera: SceneCamera;
  readonly width: number;
  readonly height: number;
  /** Factor of lengths in px: 1 for a view of 720 rows. */
  readonly scale: number;
  readonly font: { readonly size: number; readonly color: Rgba; readonly halo: Rgba };
}

/** Draws what is around the data: scalar bars, title, directions of the body, axes, scale bar and coordinates. */
export class Annotations implements ViewOverlay {
  readonly #scene: AnnotatedScene;
  readonly #drawing = new Drawing();
  #key = "";
  #isEmpty = true;

  constructor(scene: AnnotatedScene) {
    this.#scene = scene;
  }

  update(camera: SceneCamera, [width, height]: readonly [number, number]): Drawing | undefined {
    const legends = this.#scene.legends();
    const background = this.#scene.background();
    camera.updateMatrixWorld();
    const { matrixWorld, projectionMatrix } = camera;
    const key = JSON.stringify([
      width,
      height,
      legends,
      background,
      this.#scene.clipHandles?.handles,
      matrixWorld.elements,
      projectionMatrix.elements,
    ]);
    if (key !== this.#key) {
      this.#key = key;
      this.#draw(camera, [width, height], legends, background);
    }
    return this.#isEmpty ? undefined : this.#drawing;
  }

  dispose(): void {
    this.#drawing.dispose();
  }

  #draw(
    camera: SceneCamera,
    [width, height]: readonly [number, number],
    legends: readonly Legend[],
    background: readonly [number, number, number] | null,
  ): void {
    const { style, space, unit, bounds, clipHandles } = this.#scene;
    const { title, scalarBar = true, letters = true, axes, scaleBar, boundingBox } = style;
    const drawing = this.#drawing;
    const scale = Math.max(
      MIN_SCALE,
      Math.min(width, height) / REFERENCE_HEIGHT,
      width < height ? height / REFERENCE_HEIGHT_OF_PORTRAIT : 0,
    );
    const [red, green, blue] = background ?? [1, 1, 1];
    const isDark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5;
    const [light, dark]: [Rgba, Rgba] = [
      [1, 1, 1, 1],
      [0.05, 0.05, 0.05, 1],
    ];
    const halo: Rgba = isDark ? [0, 0, 0, 0.6] : [1, 1, 1, 0.7];
    const font = { size: FONT_SIZE * scale, color: isDark ? light : dark, halo };
    const view: AnnotatedView = { camera, width, height, scale, font };
    if (Math.min(width, height) < MIN_SIDE) {
      this.#isEmpty = true;
      return;
    }
    if (clipHandles !== undefined) drawClipHandles(drawing, view, clipHandles);
    if (style.crosshair) drawCrosshair(drawing, view, style.crosshair, bounds);
    drawMeasurements(drawing, view, style.measurements ?? [], unit);
    if (boundingBox) drawBoxLabels(drawing, view, bounds);
    const hasLetters = letters && space === "ras";
    const titleSize = 1.4 * font.size;
    // A title ends at 1.7 times its size below the upper edge.
    const top = title === undefined ? 0 : 1.7 * titleSize;
    if (hasLetters) drawLetters(drawing, view, top);
    if (axes) drawAxes(drawing, view, space);
    if (scaleBar) drawScaleBar(drawing, view, bounds, unit);
    if (scalarBar) {
      drawScalarBars(drawing, view, legends, {
        right: (hasLetters ? LETTER_MARGIN : MARGIN) * scale,
        top: top + (hasLetters ? LETTER_HEIGHT : MARGIN) * scale,
      });
    }
    if (title !== undefined) {
      const style = { ...font, size: titleSize, align: "center" as const };
      drawing.text(title, width / 2, height - 1.2 * titleSize, style);
    }
    this.#isEmpty = !drawing.finish(width, height);
  }
}
