import { BackSide, type Color, DoubleSide, FrontSide, type Material, type Side } from "three";
import { changedKeys } from "../layers/changed-keys.ts";
import type { LayerStyle } from "../layers/layer.ts";
import type { MeshStyle, PointsStyle } from "../layers/layer-properties.ts";
import type { Actor, Legend } from "./actor.ts";
import type { ScalarColors } from "./scalars/scalar-colors.ts";

type Style = MeshStyle & PointsStyle;

/** Properties that materials can show without being built again. */
const LIVE: readonly string[] = ["opacity", "color", "colormap", "range", "threshold", "pointSize"];

interface LiveMaterial {
  readonly material: Material;
  /** Without the style. */
  readonly opacity: number;
  readonly transparent: boolean;
  readonly closedSide: Side | undefined;
  readonly scalars: ScalarColors | undefined;
}

/**
 * The materials of an actor, whose opacity, colors and values can change: uniforms and a texture of colors instead of new objects, so that
 * a million triangles change in the time of a frame.
 */
export class LiveMaterials implements Pick<Actor, "update" | "legend"> {
  readonly #materials = new Set<LiveMaterial>();
  #style: Style;
  readonly #legend: Legend | undefined;
  /** Whether an object of the actor has colors that cannot change. */
  #hasFixedColors = false;

  constructor(style: Style, legend?: Legend) {
    this.#style = style;
    this.#legend = legend;
  }

  get style(): Style {
    return this.#style;
  }

  /** What the colors stand for; it follows the style. */
  get legend(): Legend | undefined {
    const scalars = this.#materials.values().find((each) => each.scalars !== undefined)?.scalars;
    return this.#legend && { ...this.#legend, ...scalars?.legend };
  }

  /**
   * Adds a material with its own opacity, which is multiplied by that of the style.
   *
   * @param options.closedSide the side of a closed surface that it draws; both are drawn if it is translucent
   * @param options.hasFixedColors whether its colors are not those of uniforms
   */
  add(
    material: Material,
    scalars?: ScalarColors,
    options: { readonly closedSide?: Side | undefined; readonly hasFixedColors?: boolean } = {},
  ): void {
    const { closedSide, hasFixedColors = false } = options;
    const { opacity, transparent } = material;
    const entry = { material, opacity, transparent, closedSide, scalars };
    this.#materials.add(entry);
    this.#hasFixedColors ||= hasFixedColors;
    showOpacity(entry, this.#style.opacity);
  }

  readonly update = (next: LayerStyle): boolean => {
    const [before, after]: [LayerStyle, LayerStyle] = [this.#style, next];
    const changed = changedKeys(before, after);
    if (changed.some((key) => !LIVE.includes(key))) return false;
    const changesColors = changed.some((key) => key !== "opacity" && key !== "pointSize");
    if (changesColors && this.#hasFixedColors) return false;
    const style: Style = next;
    // Without a color of the style, materials and values have colors of their own.
    if (changed.includes("color") && (before.color === undefined || style.color === undefined)) return false;
    const scalars = [...this.#materials].flatMap((each) => each.scalars ?? []);
    if (changesColors && !scalars.every((each) => each.canShow(style))) return false;
    this.#style = style;
    for (const each of scalars) each.show(style);
    for (const entry of this.#materials) {
      showOpacity(entry, style.opacity);
      const { color } = entry.material as { readonly color?: Color };
      if (changed.includes("color") && style.color !== undefined) color?.set(style.color);
    }
    return true;
  };
}

function showOpacity({ material, opacity, transparent, closedSide }: LiveMaterial, factor = 1): void {
  material.opacity = opacity * factor;
  const isTransparent = transparent || factor < 1;
  // Opaque materials have another shader.
  if (material.transparent !== isTransparent) material.needsUpdate = true;
  material.transparent = isTransparent;
  // As of a surface that was translucent when it was prepared: its front would hide its back.
  if (closedSide === FrontSide) material.side = factor < 1 ? DoubleSide : FrontSide;
  if (closedSide === BackSide) material.visible = factor === 1;
  const { uniforms } = material as { readonly uniforms?: { readonly opacity?: { value: number } } };
  if (uniforms?.opacity !== undefined) uniforms.opacity.value = material.opacity;
}
