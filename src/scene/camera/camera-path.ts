import { MathUtils, Matrix4, Quaternion, Vector3 } from "three";
import type { CameraState } from "../../protocol/camera-state.ts";
import { assertCameraState } from "./camera-state.ts";

/**
 * A camera as numbers that can be interpolated, 9 of them: the focal point; the logarithms of the distance and of half the height of the
 * view there; the orientation, as a quaternion.
 */
type Key = readonly number[];

/** Indices of the quaternion in a key. */
const ORIENTATION = 5;
const KEY_LENGTH = 9;

/** Samples of a section between two views, by which its length is measured. */
const SAMPLES = 64;

/** Share of the time in which the camera accelerates at the beginning of a path, and the same at its end. */
const EASE = 0.15;

interface CameraPathOptions {
  /** Whether the path returns to the first view, without a stop. Default: false. */
  readonly loop?: boolean;
}

/**
 * A smooth path of a camera through views: a centripetal Catmull-Rom spline of focal point, distance, angle of view and orientation, at a
 * constant speed, but that it accelerates at the beginning and slows down at the end. Equal views that follow one another count once.
 *
 * @returns the camera at a time from 0 to 1; with `loop` both are the first view
 * @throws RangeError for an invalid view, for less than one, or if perspective and orthographic views are mixed
 */
export function cameraPath(
  views: readonly CameraState[],
  { loop = false }: CameraPathOptions = {},
): (time: number) => CameraState {
  const [first] = views;
  if (first === undefined) throw new RangeError("A camera path needs a view.");
  for (const view of views) {
    assertCameraState(view);
    if ((view.parallelScale === undefined) !== (first.parallelScale === undefined)) {
      throw new RangeError("Perspective and orthographic views cannot be on the same camera path.");
    }
  }
  const isOrthographic = first.parallelScale !== undefined;
  const keys = distinctKeys(views.map(keyOf), loop);
  const stateAt = (key: Key) => stateOf(key, isOrthographic, first.viewAngle);
  const sections = keys.length - (loop ? 0 : 1);
  if (keys.length < 2) return () => first;
  const pointAt = (section: number, share: number) => splinePoint(keys, loop, section, share);
  const lengths = cumulativeLengths(sections, pointAt);
  const total = lengths.at(-1) ?? 0;
  return (time) => {
    const target = (loop ? time - Math.floor(time) : eased(MathUtils.clamp(time, 0, 1))) * total;
    const next = lengths.findIndex((length) => length >= target);
    const i = Math.max(0, (next < 0 ? lengths.length : next) - 1);
    const [from = 0, to = 0] = [lengths[i], lengths[i + 1]];
    const position = (i + (to > from ? (target - from) / (to - from) : 0)) / SAMPLES;
    const section = Math.min(Math.floor(position), sections - 1);
    return stateAt(pointAt(section, position - section));
  };
}

/** A camera between two, whose focal point, distance and direction change evenly; the first one if their projections differ. @param share 0 to 1 */
export function cameraBetween(from: CameraState, to: CameraState, share: number): CameraState {
  const isOrthographic = from.parallelScale !== undefined;
  if ((to.parallelScale !== undefined) !== isOrthographic || share <= 0) return from;
  const first = keyOf(from);
  const second = aligned4(keyOf(to), first);
  const key = first.map((value, i) => value + Math.min(1, share) * ((second[i] ?? 0) - value));
  return stateOf(key, isOrthographic, from.viewAngle);
}

/** Distance travelled at a time, both from 0 to 1: a constant speed between a constant acceleration and deceleration. */
function eased(time: number): number {
  const speed = 1 / (1 - EASE);
  if (time < EASE) return (speed * time * time) / (2 * EASE);
  if (time > 1 - EASE) return 1 - (speed * (1 - time) ** 2) / (2 * EASE);
  return speed * (time - EASE / 2);
}

function keyOf({ position, focalPoint, viewUp, viewAngle, parallelScale }: CameraState): Key {
  const [eye, target] = [new Vector3(...position), new Vector3(...focalPoint)];
  const rotation = new Matrix4().lookAt(eye, target, new Vector3(...viewUp));
  const distance = eye.distanceTo(target);
  const height = parallelScale ?? distance * Math.tan(MathUtils.degToRad(viewAngle) / 2);
  return [
    ...focalPoint,
    Math.log(distance),
    Math.log(height),
    ...new Quaternion().setFromRotationMatrix(rotation).toArray(),
  ];
}

function stateOf(key: Key, isOrthographic: boolean, viewAngle: number): CameraState {
  const [x = 0, y = 0, z = 0, logDistance = 0, logHeight = 0] = key;
  const orientation = new Quaternion(...key.slice(ORIENTATION)).normalize();
  const focalPoint = new Vector3(x, y, z);
  const back = new Vector3(0, 0, 1).applyQuaternion(orientation);
  const [distance, height] = [Math.exp(logDistance), Math.exp(logHeight)];
  const state = {
    position: focalPoint.clone().addScaledVector(back, distance).toArray(),
    focalPoint: [x, y, z] as const,
    viewUp: new Vector3(0, 1, 0).applyQuaternion(orientation).toArray(),
  };
  return isOrthographic
    ? { ...state, viewAngle, parallelScale: height }
    : { ...state, viewAngle: 2 * MathUtils.radToDeg(Math.atan(height / distance)) };
}

/** Leaves out keys that equal the one before, and gives neighbouring quaternions the signs of the shorter rotation. */
function distinctKeys(keys: readonly Key[], loop: boolean): Key[] {
  const distinct: Key[] = [];
  for (const key of keys) {
    const last = distinct.at(-1);
    const aligned = last === undefined ? key : aligned4(key, last);
    if (last === undefined || motionBetween(last, aligned) > 1e-9) distinct.push(aligned);
  }
  const [first, last] = [distinct[0], distinct.at(-1)];
  const closes =
    loop && distinct.length > 1 && first && last && motionBetween(aligned4(last, first), first) <= 1e-9;
  return closes ? distinct.slice(0, -1) : distinct;
}

function aligned4(key: Key, to: Key): Key {
  let dot = 0;
  for (let i = ORIENTATION; i < KEY_LENGTH; i += 1) dot += (key[i] ?? 0) * (to[i] ?? 0);
  return dot < 0 ? key.map((value, i) => (i < ORIENTATION ? value : -value)) : key;
}

/** How far two views are from each other: the rotation in radians, the shift relative to what is seen, and the zoom, together. */
function motionBetween(a: Key, b: Key): number {
  const difference = (i: number) => (a[i] ?? 0) - (b[i] ?? 0);
  const height = Math.exp(Math.max(a[4] ?? 0, b[4] ?? 0));
  const shift = Math.hypot(difference(0), difference(1), difference(2)) / height;
  const [p, q] = [a, b].map((key) => new Quaternion(...key.slice(ORIENTATION)).normalize());
  const rotation = p && q ? p.angleTo(q) : 0;
  return Math.hypot(rotation, shift, difference(3), difference(4));
}

/** A point of a section of the centripetal Catmull-Rom spline (Barry and Goldman's pyramid). @param share 0 to 1 */
function splinePoint(keys: readonly Key[], loop: boolean, section: number, share: number): Key {
  const count = keys.length;
  const at = (i: number): Key => {
    const inside = loop ? keys[(i + count) % count] : keys[MathUtils.clamp(i, 0, count - 1)];
    return inside ?? [];
  };
  const p1 = at(section);
  const p2 = aligned4(at(section + 1), p1);
  // At the ends of an open path the neighbours are missing: reflected ones let it begin and end straight.
  const reflect = (end: Key, other: Key): Key => end.map((value, i) => 2 * value - (other[i] ?? 0));
  const p0 = !loop && section === 0 ? reflect(p1, p2) : aligned4(at(section - 1), p1);
  const p3 = !loop && section === count - 2 ? reflect(p2, p1) : aligned4(at(section + 2), p2);
  const knot = (from: Key, to: Key) => Math.sqrt(Math.max(motionBetween(from, to), 1e-6));
  const t1 = knot(p0, p1);
  const t2 = t1 + knot(p1, p2);
  const t3 = t2 + knot(p2, p3);
  const t = t1 + share * (t2 - t1);
  const mix = (a: Key, b: Key, from: number, to: number): Key =>
    a.map((value, i) => (value * (to - t) + (b[i] ?? 0) * (t - from)) / (to - from));
  const [a1, a2, a3] = [mix(p0, p1, 0, t1), mix(p1, p2, t1, t2), mix(p2, p3, t2, t3)];
  return mix(mix(a1, a2, 0, t2), mix(a2, a3, t1, t3), t1, t2);
}

/** Length of the path up to each of its samples. */
function cumulativeLengths(sections: number, pointAt: (section: number, share: number) => Key): number[] {
  const lengths = [0];
  let [length, last] = [0, pointAt(0, 0)];
  for (let i = 1; i <= sections * SAMPLES; i += 1) {
    const section = Math.min(Math.floor(i / SAMPLES), sections - 1);
    const point = pointAt(section, i / SAMPLES - section);
    length += motionBetween(last, point);
    lengths.push(length);
    last = point;
  }
  return lengths;
}
