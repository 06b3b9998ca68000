import {
  BufferAttribute,
  BufferGeometry,
  DoubleSide,
  Float32BufferAttribute,
  type IUniform,
  Mesh,
  ShaderMaterial,
  Uint8BufferAttribute,
  UniformsLib,
  UniformsUtils,
} from "three";

export interface Streamline {
  /** x, y, z of each point, at least two points. */
  readonly points: Float32Array;
  /** Radius of the tube in world units. */
  readonly radius: number;
}

export interface TubesOptions {
  /**
   * Position of a light pulse that moves along each tube, as a fraction of the length; each line adds its own phase.
   * Default: no pulse.
   */
  readonly pulse?: IUniform<number>;
}

/**
 * Builds shaded tubes along lines, colored by direction as is usual in neuroimaging (directionally encoded color, DEC:
 * red along x, green along y, blue along z).
 *
 * Each segment is a ribbon of two triangles, which the vertex shader turns towards the camera and shades like a round tube.
 * A six-sided tube would have six times as many triangles, and their number limits the frame rate of software drivers.
 */
export function buildTubes(lines: readonly Streamline[], options: TubesOptions = {}): Mesh {
  const count = lines.reduce((sum, line) => sum + line.points.length / 3, 0);
  const position = new Float32Array(count * 2 * 3);
  const direction = new Float32Array(count * 2 * 3);
  const profile = new Float32Array(count * 2 * 2); // side (-1 or 1), radius
  const progress = new Float32Array(count * 2 * 2); // fraction of the length, phase
  const color = new Uint8Array(count * 2 * 3);
  const index: number[] = [];
  let vertex = 0;
  for (const [number, { points, radius }] of lines.entries()) {
    const last = points.length / 3 - 1;
    const phase = (number * 0.618034) % 1;
    for (let i = 0; i <= last; i += 1) {
      const [x, y, z] = tangent(points, i, last);
      const fraction = i / last;
      // Ends are tapered: an open ribbon would end in a straight cut.
      const taper = Math.min(1, 0.25 + Math.sqrt(Math.min(fraction, 1 - fraction) * 16));
      for (const side of [-1, 1]) {
        position.set(points.subarray(3 * i, 3 * i + 3), 3 * vertex);
        direction.set([x, y, z], 3 * vertex);
        profile.set([side, radius * taper], 2 * vertex);
        progress.set([fraction, phase], 2 * vertex);
        color.set(directionColor(x, y, z), 3 * vertex);
        vertex += 1;
      }
      if (i > 0) index.push(vertex - 4, vertex - 3, vertex - 2, vertex - 2, vertex - 3, vertex - 1);
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new Float32BufferAttribute(position, 3));
  geometry.setAttribute("direction", new Float32BufferAttribute(direction, 3));
  geometry.setAttribute("profile", new Float32BufferAttribute(profile, 2));
  geometry.setAttribute("along", new Float32BufferAttribute(progress, 2));
  geometry.setAttribute("tint", new Uint8BufferAttribute(color, 3, true));
  geometry.setIndex(new BufferAttribute(new Uint32Array(index), 1));
  return new Mesh(geometry, tubeMaterial(options.pulse));
}

/**
 * Creates the material of tubes, lit by the scene's directional, hemisphere and ambient lights, without highlights. Software
 * drivers spend most of the frame time on the fragments of tubes. Lighting is therefore computed per vertex, at three
 * points across the tube, and a fragment evaluates a parabola through them, in sRGB: three.js's Lambert shader was less
 * than half as fast on SwiftShader.
 */
function tubeMaterial(pulse: IUniform<number> | undefined): ShaderMaterial {
  return new ShaderMaterial({
    lights: true,
    clipping: true,
    uniforms: { ...UniformsUtils.clone(UniformsLib.lights), pulse: pulse ?? { value: 0 } },
    defines: pulse === undefined ? {} : { PULSE: "" },
    vertexShader: VERTEX_SHADER,
    fragmentShader: FRAGMENT_SHADER,
    // The back of a ribbon is visible when the view is along the axis of the tube.
    side: DoubleSide,
  });
}

const VERTEX_SHADER = /* glsl */ `
attribute vec3 direction;
attribute vec2 profile; // side of the axis, radius
attribute vec2 along; // fraction of the length, phase
attribute vec3 tint;
#include <common>
#include <lights_pars_begin>
#include <clipping_planes_pars_vertex>
varying vec4 vTint; // sRGB color; distance behind the pulse
varying vec4 vProfile; // position across the tube; coefficients of the parabola

float brightness(vec3 normal) {
  vec3 light = ambientLightColor;
  #if NUM_HEMI_LIGHTS > 0
    for (int i = 0; i < NUM_HEMI_LIGHTS; i++) light += getHemisphereLightIrradiance(hemisphereLights[i], normal);
  #endif
  #if NUM_DIR_LIGHTS > 0
    for (int i = 0; i < NUM_DIR_LIGHTS; i++)
      light += directionalLights[i].color * max(dot(normal, directionalLights[i].direction), 0.0);
  #endif
  return sqrt(dot(light, vec3(0.2126, 0.7152, 0.0722)) * RECIPROCAL_PI);
}

void main() {
  vec4 mvPosition = modelViewMatrix * vec4(position, 1.0);
  vec3 axis = normalize((modelViewMatrix * vec4(direction, 0.0)).xyz);
  vec3 toEye = isOrthographic ? vec3(0.0, 0.0, 1.0) : normalize(-mvPosition.xyz);
  vec3 side = cross(axis, toEye);
  float sine = length(side);
  // The side of a tube seen along its axis is undefined; any vector is correct.
  side = sine > 1e-4 ? side / sine : vec3(1.0, 0.0, 0.0);
  // Tilted towards the eye: a tube that points at the viewer would be dark along its whole length.
  vec3 front = normalize(cross(side, axis) + 0.5 * toEye);
  mvPosition.xyz += side * (profile.x * profile.y * length(modelViewMatrix[0].xyz));
  gl_Position = projectionMatrix * mvPosition;
  #include <clipping_planes_vertex>

  // At 0.9 of the radius to either side the normal is 0.9 side + 0.436 front.
  float middle = brightness(front);
  float left = brightness(-0.9 * side + 0.436 * front);
  float right = brightness(0.9 * side + 0.436 * front);
  vProfile = vec4(profile.x, middle, (right - left) / 1.8, (right + left - 2.0 * middle) / 1.62);
  vTint = vec4(sqrt(tint), along.y - along.x);
}`;

const FRAGMENT_SHADER = /* glsl */ `
uniform float pulse;
#include <common>
#include <clipping_planes_pars_fragment>
varying vec4 vTint;
varying vec4 vProfile;

void main() {
  #include <clipping_planes_fragment>
  float across = vProfile.x;
  vec3 color = vTint.rgb * (vProfile.y + across * (vProfile.z + across * vProfile.w));
  #ifdef PULSE
    float glow = max(1.0 - 9.0 * fract(pulse + vTint.w), 0.0);
    color += (0.3 + vTint.rgb) * (0.6 * glow * glow);
  #endif
  gl_FragColor = vec4(color, 1.0);
}`;

function tangent(points: Float32Array, i: number, last: number): [number, number, number] {
  const a = 3 * Math.max(0, i - 1);
  const b = 3 * Math.min(last, i + 1);
  const x = (points[b] ?? 0) - (points[a] ?? 0);
  const y = (points[b + 1] ?? 0) - (points[a + 1] ?? 0);
  const z = (points[b + 2] ?? 0) - (points[a + 2] ?? 0);
  const length = Math.hypot(x, y, z);
  return length > 0 ? [x / length, y / length, z / length] : [0, 0, 1];
}

/**
 * Encodes the absolute components of a direction as red, green and blue, brightened: pure blue is dark on any display and
 * would not contrast with the background.
 */
function directionColor(x: number, y: number, z: number): [number, number, number] {
  const blue = Math.abs(z) ** 1.3;
  const byte = (value: number): number => Math.round(255 * Math.min(1, value));
  return [
    byte(0.03 + 0.94 * Math.abs(x) ** 1.3 + 0.05 * blue),
    byte(0.03 + 0.8 * Math.abs(y) ** 1.3 + 0.13 * blue),
    byte(0.04 + 0.96 * blue),
  ];
}
