import {
  BackSide,
  type Color,
  DoubleSide,
  FrontSide,
  LineBasicMaterial,
  type Material,
  type Side,
} from "three";
import { changedKeys } from "../layers/changed-keys.ts";
import type { LayerStyle } from "../layers/layer.ts";
import type { MeshStyle, OverlayStyle, PointsStyle } from "../layers/layer-properties.ts";
import type { ScalarField, ScalarLayer } from "../scalars/scalar-field.ts";
import type { Actor, Legend } from "./actor.ts";
import { legendOf } from "./scalars/legend.ts";
import type { ScalarColors, ScalarStyles } from "./scalars/scalar-colors.ts";

type Style = MeshStyle & PointsStyle;

/** Properties that materials can show without being built again. */
const LIVE: readonly string[] = [
  ...["opacity", "color", "colormap", "range", "threshold", "contours", "pointSize", "lineWidth"],
];

/** Properties that change no colors. */
const COLORLESS: readonly string[] = ["opacity", "pointSize", "lineWidth"];

/** Properties of overlays that materials can show without being built again. */
const LIVE_OVERLAY: readonly string[] = ["opacity", "colormap", "range", "threshold"];

interface LiveMaterial {
  readonly material: Material;
  /** Without the style. */
  readonly opacity: number;
  readonly transparent: boolean;
  readonly closedSide: Side | undefined;
  readonly scalars: ScalarColors | undefined;
  /** Its color and that of vertices where the style has none; undefined if it cannot have the color of the style. */
  readonly base: { readonly color: number; readonly vertexColors: boolean } | undefined;
  /** Whether its color is not that of the style. */
  readonly isFixed: boolean;
}

/**
 * The materials of an actor, whose opacity, colors and values can change: uniforms and a texture of colors instead of new objects, so that
 * a million triangles change in the time of a frame.
 */
export class LiveMaterials implements Pick<Actor, "update" | "legend" | "legendsBelow"> {
  readonly #materials = new Set<LiveMaterial>();
  readonly #built: Style;
  #styles: ScalarStyles & { readonly style: Style };
  /** The values that color the first part that has any, the lowest first. */
  readonly #layers: readonly CoveringLayer[];
  /** Whether an object of the actor has colors of values that cannot change. */
  #hasFixedValues = false;

  constructor(style: Style, overlays?: readonly OverlayStyle[], layers: readonly ScalarLayer[] = []) {
    this.#built = style;
    this.#styles = { style, overlays };
    this.#layers = layers.map(
      ({ field: { coversAll, isBackground, ...field }, opacity, overlay, discards }) => ({
        ...{ coversAll, isBackground, opacity, overlay, discards, legend: legendOf(field) },
      }),
    );
  }

  get style(): Style {
    return this.#styles.style;
  }

  get styles(): ScalarStyles {
    return this.#styles;
  }

  /** What the uppermost colors stand for; it follows the style. */
  get legend(): Legend | undefined {
    return this.#legends()[0]?.legend;
  }

  /** Those below that it does not hide. */
  get legendsBelow(): readonly Legend[] {
    return this.#legends()
      .slice(1)
      .flatMap(({ legend, isBackground }) => (isBackground ? [] : legend));
  }

  /**
   * Adds a material with its own opacity, which is multiplied by that of the style.
   *
   * @param options.closedSide the side of a closed surface that it draws; both are drawn if it is translucent
   * @param options.hasFixedValues whether the colors of its values are not those of uniforms. Default: no
   * @param options.isOfFile whether a color of the style replaces it by another kind of material. Default: no
   * @param options.isFixed whether its color is not that of the style. Default: no
   */
  add(
    material: Material,
    scalars?: ScalarColors,
    options: Partial<Pick<LiveMaterial, "closedSide" | "isFixed">> & {
      readonly hasFixedValues?: boolean;
      readonly isOfFile?: boolean;
    } = {},
  ): void {
    const { closedSide, isFixed = false, hasFixedValues = false, isOfFile = false } = options;
    const { opacity, transparent } = material;
    const { color, vertexColors } = material as Material & { readonly color?: Color };
    const canColor = color !== undefined && !isOfFile && this.#built.color === undefined;
    const base = canColor ? { color: color.getHex(), vertexColors } : undefined;
    const entry = { material, opacity, transparent, closedSide, scalars, base, isFixed };
    this.#materials.add(entry);
    this.#hasFixedValues ||= hasFixedValues;
    showOpacity(entry, this.#styles.style.opacity);
  }

  readonly update = (
    next: LayerStyle,
    overlays: readonly OverlayStyle[] | undefined = this.#styles.overlays,
  ): boolean => {
    const [before, after]: [LayerStyle, LayerStyle] = [this.#styles.style, next];
    const changed = changedKeys(before, after);
    const ofOverlays = (overlays ?? []).flatMap((overlay, i) =>
      changedKeys(this.#styles.overlays?.[i] ?? {}, overlay as LayerStyle),
    );
    if (changed.some((key) => !LIVE.includes(key))) return false;
    if (ofOverlays.some((key) => !LIVE_OVERLAY.includes(key))) return false;
    const changesColors = changed.some((key) => !COLORLESS.includes(key)) || ofOverlays.length > 0;
    const style: Style = next;
    if (changesColors && this.#hasFixedValues && !this.#showsOnlyColor(changed, style)) return false;
    const [...materials] = this.#materials;
    if (changed.includes("color") && !materials.every((each) => this.#canColor(each, style))) return false;
    const styles = { style, overlays };
    if (changesColors && !materials.every(({ scalars }) => scalars?.canShow(styles) ?? true)) return false;
    this.#styles = styles;
    for (const entry of materials) {
      if (entry.scalars?.show(styles)) entry.material.needsUpdate = true;
      const hasHoles = style.threshold !== undefined && this.#built.threshold === undefined;
      showOpacity(entry, style.opacity, hasHoles && entry.scalars !== undefined);
      if (changed.includes("color") && !entry.isFixed) showColor(entry, style.color);
      if (entry.material instanceof LineBasicMaterial) entry.material.linewidth = style.lineWidth ?? 1;
    }
    return true;
  };

  /** Whether the color can change in place. Vertex colors and values that were hidden when the object was built are not in GL. */
  #canColor({ base, isFixed, material }: LiveMaterial, { color }: Style): boolean {
    if (isFixed) return true;
    if (base === undefined)
      return color !== undefined && this.#built.color !== undefined && "color" in material;
    return color !== undefined || this.#built.color === undefined;
  }

  /** Whether only one color for the whole layer has changed, and no values are shown with it. */
  #showsOnlyColor(changed: readonly string[], { colorBy, threshold }: Style): boolean {
    const changesPoints = this.#layers.some(({ overlay, discards }) => overlay !== undefined || discards);
    const isOnlyColor = changed.every((key) => key === "color" || COLORLESS.includes(key));
    return isOnlyColor && !changesPoints && colorBy === undefined && threshold === undefined;
  }

  #legends(): { readonly legend: Legend; readonly isBackground: boolean }[] {
    const scalars = this.#materials.values().find((each) => each.scalars !== undefined)?.scalars;
    const shown: { legend: Legend; isBackground: boolean }[] = [];
    const { color, colorBy } = this.style;
    for (const [i, layer] of [...this.#layers.entries()].toReversed()) {
      if (layer.overlay === undefined && color !== undefined && colorBy === undefined) continue;
      const legend = scalars === undefined ? layer.legend : scalars.legend(i);
      if (legend === undefined) continue;
      const { overlay, isBackground } = layer;
      shown.push({ legend, isBackground });
      const style = overlay === undefined ? undefined : this.#styles.overlays?.[overlay];
      const opacity = overlay === undefined ? (layer.opacity ?? 1) : (style?.opacity ?? 1);
      const hasThreshold = (style ?? this.style).threshold !== undefined;
      if (layer.coversAll && opacity >= 1 && !hasThreshold) break;
    }
    return shown;
  }
}

interface CoveringLayer extends Pick<ScalarField, "coversAll" | "isBackground"> {
  readonly opacity: number | undefined;
  readonly overlay: number | undefined;
  readonly discards: boolean | undefined;
  readonly legend: Legend;
}

function showColor({ material, base }: LiveMaterial, color: string | undefined): void {
  const colored = material as Material & { readonly color?: Color };
  const vertexColors = color === undefined && base?.vertexColors === true;
  if (colored.vertexColors !== vertexColors) {
    colored.vertexColors = vertexColors;
    colored.needsUpdate = true;
  }
  if (color !== undefined) colored.color?.set(color);
  else if (base !== undefined) colored.color?.setHex(base.color);
}

/** @param hasHoles whether a threshold has made holes in a surface that was closed */
function showOpacity(
  { material, opacity, transparent, closedSide }: LiveMaterial,
  factor = 1,
  hasHoles = false,
): void {
  material.opacity = opacity * factor;
  const isTransparent = transparent || factor < 1;
  // Opaque materials have another shader.
  if (material.transparent !== isTransparent) material.needsUpdate = true;
  material.transparent = isTransparent;
  // As of a surface that was translucent or open when it was prepared: its front would hide its back.
  const isOpen = factor < 1 || hasHoles;
  const side = isOpen ? DoubleSide : FrontSide;
  if (closedSide === FrontSide && material.side !== side) {
    material.side = side;
    material.needsUpdate = true;
  }
  if (closedSide === BackSide) material.visible = !isOpen;
  const { uniforms } = material as { readonly uniforms?: { readonly opacity?: { value: number } } };
  if (uniforms?.opacity !== undefined) uniforms.opacity.value = material.opacity;
}
