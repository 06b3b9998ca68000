import {
  BufferGeometry,
  CustomBlending,
  Float32BufferAttribute,
  Mesh,
  OneFactor,
  OneMinusSrcAlphaFactor,
  OrthographicCamera,
  Scene,
  ShaderMaterial,
} from "three";
import { createAtlasTexture, FIELD_SPREAD, LINE_HEIGHT, placeGlyphs, textWidth } from "./glyph-atlas.ts";

/** sRGB and opacity, 0 to 1. */
export type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

export interface TextOptions {
  /** Size of the font, px. */
  readonly size: number;
  readonly color: Rgba;
  /** Color of the outline, which separates the text from what is behind it. */
  readonly halo: Rgba;
  /** Which point of the text is at the position, horizontally. Default: "left". */
  readonly align?: "left" | "center" | "right";
}

/** Width of the outline of texts relative to their size. */
const HALO = 0.1;

const VERTEX_SHADER = `
attribute vec4 tint;
attribute vec4 halo;
attribute vec3 glyph; // texture coordinates; size of the font in px, 0 for a plain triangle
varying vec4 vTint;
varying vec4 vHalo;
varying vec3 vGlyph;
void main() {
  vTint = tint;
  vHalo = halo;
  vGlyph = glyph;
  gl_Position = projectionMatrix * vec4(position.xy, 0.0, 1.0);
}`;

const FRAGMENT_SHADER = `
uniform sampler2D atlas;
uniform float pixelRatio;
varying vec4 vTint;
varying vec4 vHalo;
varying vec3 vGlyph;
void main() {
  vec4 color = vTint;
  if (vGlyph.z > 0.0) {
    float size = vGlyph.z * pixelRatio;
    float distance = (texture2D(atlas, vGlyph.xy).r - 0.5) * 2.0 * ${FIELD_SPREAD.toFixed(4)} * size;
    float inside = clamp(distance + 0.5, 0.0, 1.0);
    float around = vHalo.a * clamp(distance + ${HALO.toFixed(2)} * size + 0.5, 0.0, 1.0);
    color = vec4(mix(vHalo.rgb, vTint.rgb, inside), mix(around, vTint.a, inside));
  }
  gl_FragColor = vec4(color.rgb * color.a, color.a);
}`;

/**
 * A drawing of triangles and text in front of a scene, in px from the lower left corner of the view. It is one mesh, so that it costs one
 * draw call.
 */
export class Drawing {
  readonly scene = new Scene();
  readonly camera = new OrthographicCamera();
  readonly #material: ShaderMaterial;
  #mesh: Mesh | undefined;
  #position: number[] = [];
  #tint: number[] = [];
  #halo: number[] = [];
  #glyph: number[] = [];

  constructor() {
    this.#material = new ShaderMaterial({
      uniforms: { atlas: { value: createAtlasTexture() }, pixelRatio: { value: 1 } },
      vertexShader: VERTEX_SHADER,
      fragmentShader: FRAGMENT_SHADER,
      depthTest: false,
      depthWrite: false,
      transparent: true,
      blending: CustomBlending,
      blendSrc: OneFactor,
      blendDst: OneMinusSrcAlphaFactor,
    });
  }

  triangle(points: readonly (readonly [x: number, y: number])[], color: Rgba): void {
    for (const [x, y] of points) this.#vertex(x, y, color);
  }

  rectangle(x: number, y: number, width: number, height: number, color: Rgba): void {
    const [right, top] = [x + width, y + height];
    this.triangle(
      [
        [x, y],
        [right, y],
        [right, top],
      ],
      color,
    );
    this.triangle(
      [
        [x, y],
        [right, top],
        [x, top],
      ],
      color,
    );
  }

  /** A line with square ends. @param width px */
  line(from: readonly [number, number], to: readonly [number, number], width: number, color: Rgba): void {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const length = Math.hypot(dx, dy);
    if (!(length > 0)) return;
    const [nx, ny] = [(-dy / length) * (width / 2), (dx / length) * (width / 2)];
    const [a, b, c, d] = [
      [from[0] + nx, from[1] + ny],
      [from[0] - nx, from[1] - ny],
      [to[0] - nx, to[1] - ny],
      [to[0] + nx, to[1] + ny],
    ] as const;
    this.triangle([a, b, c], color);
    this.triangle([a, c, d], color);
  }

  /** A line of text. @param y of its middle, px */
  text(text: string, x: number, y: number, { size, color, halo, align = "left" }: TextOptions): void {
    const width = textWidth(text, size);
    const left = x - { left: 0, center: width / 2, right: width }[align];
    // The middle of digits and capital letters is 0.36 of the size above the baseline.
    const baseline = y - 0.36 * size;
    for (const glyph of placeGlyphs(text, size)) {
      const [u0, v0, u1, v1] = glyph.uv;
      const [x0, y0] = [left + glyph.x, baseline + glyph.y];
      const [x1, y1] = [x0 + glyph.width, y0 + glyph.height];
      for (const [cx, cy, u, v] of [
        [x0, y0, u0, v0],
        [x1, y0, u1, v0],
        [x1, y1, u1, v1],
        [x0, y0, u0, v0],
        [x1, y1, u1, v1],
        [x0, y1, u0, v1],
      ] as const) {
        this.#vertex(cx, cy, color, halo, [u, v, size]);
      }
    }
  }

  /** Replaces the mesh by what was drawn since the last call. @returns whether there is anything */
  finish(width: number, height: number): boolean {
    this.#mesh?.geometry.dispose();
    this.#mesh?.removeFromParent();
    this.#mesh = undefined;
    if (this.#position.length === 0) return false;
    const geometry = new BufferGeometry();
    for (const [name, values, size] of [
      ["position", this.#position, 3],
      ["tint", this.#tint, 4],
      ["halo", this.#halo, 4],
      ["glyph", this.#glyph, 3],
    ] as const) {
      geometry.setAttribute(name, new Float32BufferAttribute(values, size));
    }
    this.#mesh = new Mesh(geometry, this.#material);
    this.#mesh.frustumCulled = false;
    this.#mesh.onBeforeRender = (renderer) => {
      const { pixelRatio } = this.#material.uniforms;
      if (pixelRatio !== undefined) pixelRatio.value = renderer.getPixelRatio();
      this.#material.uniformsNeedUpdate = true;
    };
    this.scene.add(this.#mesh);
    [this.#position, this.#tint, this.#halo, this.#glyph] = [[], [], [], []];
    Object.assign(this.camera, { left: 0, right: width, bottom: 0, top: height, near: -1, far: 1 });
    this.camera.updateProjectionMatrix();
    return true;
  }

  dispose(): void {
    this.#mesh?.geometry.dispose();
    this.#material.uniforms.atlas?.value.dispose();
    this.#material.dispose();
  }

  #vertex(x: number, y: number, tint: Rgba, halo: Rgba = tint, glyph = [0, 0, 0]): void {
    this.#position.push(x, y, 0);
    this.#tint.push(...tint);
    this.#halo.push(...halo);
    this.#glyph.push(...glyph);
  }
}

/** Height of a line of text, px. */
export function lineHeight(size: number): number {
  return LINE_HEIGHT * size;
}
