import { DoubleSide, ShaderMaterial, type ShaderMaterialParameters, Vector2, Vector3, Vector4 } from "three";
import type { VolumeColors } from "./volume-colors.ts";

/** Marks texels without a value (SC_SLICE_EMPTY of native/volume_slice.h). */
const EMPTY = "-1e38";

const VERTEX_SHADER = `
#include <clipping_planes_pars_vertex>
varying vec2 vUv;
void main() {
  vUv = uv;
  vec4 mvPosition = modelViewMatrix * vec4(position, 1.0);
  gl_Position = projectionMatrix * mvPosition;
  #include <clipping_planes_vertex>
}`;

// Depth is computed from the plane instead of interpolated, so that slices of several volumes in one plane have exactly the same depth.
const FRAGMENT_SHADER = `
uniform highp sampler2D values;
uniform sampler2D colors;
uniform highp vec3 depthPlane; // depth in normalized device coordinates is dot(depthPlane, vec3(x, y, 1))
uniform highp vec4 viewport;
uniform highp vec2 threshold;
uniform highp float mirror; // a value t has the opposite sign of mirror - t
uniform float opacity;
varying highp vec2 vUv;
#include <common>
#include <clipping_planes_pars_fragment>

highp vec4 texelAt(ivec2 texel) {
  return texelFetch(values, clamp(texel, ivec2(0), textureSize(values, 0) - 1), 0);
}

highp vec4 valueAt(highp vec2 uv) {
  highp vec2 place = uv * vec2(textureSize(values, 0));
  highp vec4 nearest = texelAt(ivec2(floor(place)));
  #ifdef LINEAR
    if (nearest.r < ${EMPTY}) return nearest;
    ivec2 low = ivec2(floor(place - 0.5));
    highp vec2 part = place - 0.5 - vec2(low);
    highp vec4 sum = vec4(0.0);
    highp float total = 0.0;
    for (int i = 0; i < 4; i += 1) {
      ivec2 offset = ivec2(i & 1, i >> 1);
      highp vec4 value = texelAt(low + offset);
      highp vec2 weights = mix(1.0 - part, part, vec2(offset));
      highp float weight = value.r < ${EMPTY} ? 0.0 : weights.x * weights.y;
      if (weight > 0.0) sum += weight * value;
      total += weight;
    }
    return total > 0.0 ? sum / total : nearest;
  #else
    return nearest;
  #endif
}

void main() {
  #include <clipping_planes_fragment>
  highp vec2 place = 2.0 * (gl_FragCoord.xy - viewport.xy) / viewport.zw - 1.0;
  gl_FragDepth = clamp(0.5 * dot(depthPlane, vec3(place, 1.0)) + 0.5, 0.0, 1.0);
  highp vec4 value = valueAt(vUv);
  if (value.r < ${EMPTY}) discard;
  vec4 color;
  #if defined(LABELS)
    #ifdef OUTLINE
      highp vec2 across = dFdx(vUv);
      highp vec2 down = dFdy(vUv);
      if (valueAt(vUv + across).r == value.r && valueAt(vUv - across).r == value.r
        && valueAt(vUv + down).r == value.r && valueAt(vUv - down).r == value.r) discard;
    #endif
    int label = int(value.r + 0.5);
    int columns = textureSize(colors, 0).x;
    color = texelFetch(colors, ivec2(label % columns, label / columns), 0);
    if (color.a == 0.0) discard;
  #elif defined(RGB)
    #if RGB == 3
      value.a = 1.0;
    #endif
    color = sRGBTransferEOTF(clamp(abs(value), 0.0, 1.0));
  #else
    highp float t = value.r;
    float row = 0.25;
    #ifdef NEGATIVE
      if (t < 0.5 * mirror) {
        t = mirror - t;
        row = 0.75;
      }
    #endif
    if (t < threshold.x || t > threshold.y) discard;
    color = texture2D(colors, vec2((255.0 * clamp(t, 0.0, 1.0) + 0.5) / 256.0, row));
    #ifdef MODULATE
      color.a *= clamp(t, 0.0, 1.0);
    #endif
  #endif
  gl_FragColor = vec4(color.rgb, color.a * opacity);
  #include <colorspace_fragment>
}`;

/** Shows other colors with the same shader. */
export function recolorSlice(
  material: ShaderMaterial,
  { table, threshold, mirror }: VolumeColors,
  opacity: number,
): void {
  material.opacity = opacity;
  const values = { colors: table, threshold: new Vector2(...threshold), mirror, opacity };
  for (const [name, value] of Object.entries(values)) Object.assign(material.uniforms[name] ?? {}, { value });
}

/** Makes the material of one slice. `depthPlane` and `viewport` are set before each draw. */
export function sliceMaterial(
  { defines, table, threshold, mirror, isTranslucent }: VolumeColors,
  { linear, opacity }: { readonly linear: boolean; readonly opacity: number },
  parameters: ShaderMaterialParameters = {},
): ShaderMaterial {
  return new ShaderMaterial({
    vertexShader: VERTEX_SHADER,
    fragmentShader: FRAGMENT_SHADER,
    defines: { ...defines, ...(linear && { LINEAR: "" }) },
    uniforms: {
      values: { value: null },
      colors: { value: table },
      depthPlane: { value: new Vector3() },
      viewport: { value: new Vector4() },
      threshold: { value: new Vector2(...threshold) },
      mirror: { value: mirror },
      opacity: { value: opacity },
    },
    side: DoubleSide,
    opacity,
    clipping: true,
    transparent: isTranslucent || opacity < 1,
    ...parameters,
  });
}
