import type { Material } from "three";
import type { ScalarLayer } from "../../scalars/scalar-field.ts";
import { ScalarColors, type ScalarStyles } from "./scalar-colors.ts";

/**
 * GLSL function for fragment and vertex shaders: the color of a normalized value, linear; opacity 0 for one that is not shown. `table`: first
 * row and number of colors in the texture, opacity; `shown`: lowest and highest value that is shown, scale and offset of the values for the
 * range of the colors.
 */
export const SCALAR_COLOR_GLSL = /* glsl */ `
uniform highp sampler2D scalarColors;
vec4 scalarColor(float value, vec3 table, vec4 shown) {
  int i = int(clamp((value * shown.z + shown.w) * table.y, 0.0, table.y - 1.0));
  vec4 color = texelFetch(scalarColors, ivec2(i & 255, int(table.x) + (i >> 8)), 0);
  return vec4(color.rgb, value >= shown.x && value <= shown.y ? color.a * table.z : 0.0);
}`;

/**
 * Makes a built-in material color its fragments by scalars, the later layers over the earlier ones. The geometry has their values as the
 * attributes `scalar0`, `scalar1` and so on. Interpolating values instead of colors keeps the colors right within large triangles.
 *
 * @param styles that the layers were made for. Default: {}
 * @param options.drawsContours whether the contour lines of the style are drawn, of the last layer, evenly spaced in its range. Default: no
 * @returns undefined without layers
 */
export function colorByScalars(
  material: Material,
  layers: readonly ScalarLayer[],
  styles: ScalarStyles = { style: {} },
  { drawsContours = false } = {},
): ScalarColors | undefined {
  if (layers.length === 0) return undefined;
  const last = layers.length - 1;
  const scalars = new ScalarColors(layers, styles, drawsContours && !layers[last]?.flat);
  const { uniforms } = scalars;
  material.addEventListener("dispose", () => uniforms.scalarColors?.value.dispose());
  const previousHook = material.onBeforeCompile;
  const previousKey = material.customProgramCacheKey();
  const each = (line: (i: number, layer: ScalarLayer) => string): string =>
    layers.map((layer, i) => line(i, layer)).join("\n");
  const varyings = each((i, { flat }) => `${flat ? "flat " : ""}varying float vScalar${i};`);
  material.onBeforeCompile = (shader, renderer) => {
    previousHook.call(material, shader, renderer);
    Object.assign(shader.uniforms, uniforms);
    const attributes = each((i) => `attribute float scalar${i};`);
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", `#include <common>\n${attributes}\n${varyings}`)
      .replace(
        "#include <begin_vertex>",
        `#include <begin_vertex>\n${each((i) => `vScalar${i} = scalar${i};`)}`,
      );
    const lines = scalars.hasContours
      ? contourLines(`(vScalar${last} * scalarShown${last}.z + scalarShown${last}.w)`)
      : "";
    const declarations = each((i) => `uniform vec4 scalarTable${i};\nuniform vec4 scalarShown${i};`);
    shader.fragmentShader = shader.fragmentShader
      .replace(
        "#include <common>",
        `#include <common>\n${SCALAR_COLOR_GLSL}\nuniform float scalarContours;\n${declarations}\n${varyings}`,
      )
      .replace(
        "#include <color_fragment>",
        `#include <color_fragment>\n${each((i) => applyLayer(i, scalars.discards(i)))}\n${lines}`,
      );
  };
  const key = () =>
    layers.map(({ flat }, i) => `${flat ? "flat" : ""}${scalars.discards(i) ? "discards" : ""}`).join();
  material.customProgramCacheKey = () => `${previousKey} scalars ${key()} ${scalars.hasContours}`;
  return scalars;
}

function applyLayer(i: number, discards: boolean): string {
  return `{
    vec4 color = scalarColor(vScalar${i}, scalarTable${i}.xyz, scalarShown${i});
    ${discards ? "if (color.a == 0.0) discard;" : ""}
    diffuseColor.rgb = mix(diffuseColor.rgb, color.rgb, color.a);
  }`;
}

/** Darkens fragments near evenly spaced values between 0 and 1, within a pixel. */
function contourLines(value: string): string {
  return `{
    float level = ${value} * (scalarContours + 1.0);
    float nearest = floor(level + 0.5);
    float pixels = abs(level - nearest) / max(fwidth(level), 1e-12);
    if (nearest >= 1.0 && nearest <= scalarContours) diffuseColor.rgb *= mix(0.1, 1.0, smoothstep(0.5, 1.5, pixels));
  }`;
}
