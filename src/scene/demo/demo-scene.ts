import {
  Color,
  ConeGeometry,
  Group,
  Mesh,
  MeshLambertMaterial,
  type Object3D,
  Quaternion,
  Vector3,
} from "three";
import { disposeObject } from "../../actors/dispose-object.ts";
import { type SphereGlyph, SphereGlyphs } from "../../actors/sphere-glyphs.ts";
import { buildTubes, type Streamline } from "../../actors/streamline-tubes.ts";
import type { UpAxis } from "../../formats/up-axis.ts";
import { viewpoint } from "../camera/viewpoint.ts";
import { demoStreamlines } from "./demo-streamlines.ts";

export interface DemoScene {
  readonly object: Object3D;
  readonly up: UpAxis;
  /** Period of the animation, s. */
  readonly duration: number;
  /** Sets the time of the animation, s. */
  animate(seconds: number): void;
  /** Frees the GPU memory. */
  dispose(): void;
}

const UP: UpAxis = "z";
const DURATION = 48;
/** Time in which a pulse runs from one end of its bundle to the other, s. */
const PULSE_SECONDS = 6;
const SWAY_DEGREES = 14;
/** Rotation of the brain, which then faces left: most bundles are distinguishable from the side. */
const FACING_DEGREES = -128;
const PULSE_COUNT = 36;

/** Colors of the regions at the ends of bundles, distinguishable with most kinds of color blindness. */
const REGION_COLORS = ["#f2b84b", "#5bc8c4", "#e86a92", "#8fb7ff", "#b5d96b", "#d9a6ff"];

/**
 * Builds the scene that `view` shows without a file: bundles of the brain's white matter as streamlines colored by direction, with
 * pulses that run along them, cortical regions as spheres, and axes as the legend of the colors. z is up.
 */
export function buildDemoScene(): DemoScene {
  const lines = sortFrontToBack(demoStreamlines());
  const pulse = { value: 0 };
  const brain = new Group();
  brain.add(buildTubes(lines, { pulse }));

  const regions = regionGlyphs(lines);
  const pulses = Array.from(
    { length: PULSE_COUNT },
    (_, i) => lines[Math.floor((i * lines.length) / PULSE_COUNT)],
  );
  const spheres = new SphereGlyphs([
    ...regions,
    ...pulses.map((): SphereGlyph => ({ center: [0, 0, 0], radius: 1, color: [1, 0.95, 0.8] })),
  ]);
  brain.add(spheres.mesh);
  brain.add(axes());

  const root = new Group();
  root.name = "scenecast demo";
  root.add(brain);
  const animate = (seconds: number): void => {
    const time = Number.isFinite(seconds) ? ((seconds % DURATION) + DURATION) % DURATION : 0;
    pulse.value = (time / PULSE_SECONDS) % 1;
    const degrees = FACING_DEGREES + SWAY_DEGREES * Math.sin((2 * Math.PI * time) / DURATION);
    brain.rotation.z = (degrees * Math.PI) / 180;
    for (const [i, { center, radius }] of regions.entries()) {
      const scale = 1 + 0.1 * Math.sin((2 * Math.PI * time) / 4 + i * 1.7);
      spheres.set(i, ...center, radius * scale);
    }
    for (const [i, line] of pulses.entries()) {
      if (line === undefined) continue;
      const [x, y, z, ends] = pointAt(line.points, (time / (PULSE_SECONDS * 2) + i * 0.618034) % 1);
      spheres.set(regions.length + i, x, y, z, 1.5 * ends);
    }
  };
  animate(0);
  return { object: root, up: UP, duration: DURATION, animate, dispose: () => disposeObject(root) };
}

/**
 * Sorts lines from front to back in the first view, so that drivers skip hidden fragments: this saves a third of the frame time on
 * SwiftShader.
 */
function sortFrontToBack(lines: readonly Streamline[]): Streamline[] {
  const toCamera = viewpoint(UP).direction.applyAxisAngle(
    new Vector3(0, 0, 1),
    (-FACING_DEGREES * Math.PI) / 180,
  );
  const depths = new Map(
    lines.map((line) => {
      let sum = 0;
      for (let i = 0; i < line.points.length; i += 1)
        sum += (line.points[i] ?? 0) * toCamera.getComponent(i % 3);
      return [line, sum / line.points.length];
    }),
  );
  return lines.toSorted((a, b) => (depths.get(b) ?? 0) - (depths.get(a) ?? 0));
}

/** Returns a sphere at both ends of each seventh line, unless another one is near. */
function regionGlyphs(lines: readonly Streamline[]): SphereGlyph[] {
  const glyphs: SphereGlyph[] = [];
  for (const [i, { points }] of lines.entries()) {
    for (const end of [0, points.length - 3]) {
      if (i % 7 !== 0) continue;
      const center: [number, number, number] = [points[end] ?? 0, points[end + 1] ?? 0, points[end + 2] ?? 0];
      if (center[2] < -30) continue; // the end of the spinal cord is not cortex
      const hasNeighbour = glyphs.some(
        (glyph) => Math.hypot(...center.map((value, axis) => value - (glyph.center[axis] ?? 0))) < 13,
      );
      if (hasNeighbour) continue;
      const color = new Color(REGION_COLORS[glyphs.length % REGION_COLORS.length]);
      glyphs.push({ center, radius: 2.6 + ((i * 7) % 5) * 0.35, color: [color.r, color.g, color.b] });
    }
  }
  return glyphs;
}

/** Returns arrows along x, y and z in the colors of these directions. */
function axes(): Group {
  const group = new Group();
  const origin = new Vector3(28, -76, -52);
  const length = 22;
  const shafts: Streamline[] = [];
  for (const [direction, color] of [
    [new Vector3(1, 0, 0), "#ff4a3d"],
    [new Vector3(0, 1, 0), "#4fd65a"],
    [new Vector3(0, 0, 1), "#4f86ff"],
  ] as const) {
    const points = [0, 0.25, 0.5, 0.75, 1].flatMap((t) =>
      origin
        .clone()
        .addScaledVector(direction, t * length)
        .toArray(),
    );
    shafts.push({ points: new Float32Array(points), radius: 0.8 });
    const tip = new Mesh(new ConeGeometry(1.9, 6, 20), new MeshLambertMaterial({ color }));
    tip.position.copy(origin).addScaledVector(direction, length + 2);
    tip.quaternion.copy(new Quaternion().setFromUnitVectors(new Vector3(0, 1, 0), direction));
    group.add(tip);
  }
  group.add(buildTubes(shafts));
  return group;
}

/** Returns the position at a fraction of a line's length, and a size factor that is 0 at both ends. */
function pointAt(points: Float32Array, fraction: number): [x: number, y: number, z: number, ends: number] {
  const at = fraction * (points.length / 3 - 1);
  const i = Math.min(Math.floor(at), points.length / 3 - 2);
  const t = at - i;
  const mix = (axis: number): number =>
    (points[3 * i + axis] ?? 0) * (1 - t) + (points[3 * i + 3 + axis] ?? 0) * t;
  return [mix(0), mix(1), mix(2), Math.sqrt(Math.min(1, 8 * Math.min(fraction, 1 - fraction)))];
}
