import { Vector3 } from "three";
import type { PreparedStreamlines } from "../../loading/prepare-streamlines.ts";
import type { PickFact } from "../../protocol/pick.ts";
import type { SplattedLines } from "../streamlines/splatted-lines.ts";
import { arrayFacts } from "./array-facts.ts";
import type { PickElement } from "./pick-query.ts";

/** Finds the streamline at a pixel: its number in the file, its groups, its length, and the values of the nearest point. */
export function linePicker(lines: SplattedLines, data: PreparedStreamlines): PickElement {
  return (query) => {
    const found = lines.elementAt(query);
    if (found === undefined) return undefined;
    const { positions, offsets } = data;
    const vertex = (point: number) =>
      new Vector3().fromArray(positions, 3 * point).applyMatrix4(lines.matrixWorld);
    const line = lineOf(offsets, found.element);
    // The segment from this point to the next one is at the pixel.
    const last = Math.min(found.element + 1, (offsets[line + 1] ?? 1) - 1);
    const point = new Vector3();
    const [from, to] = [vertex(found.element), vertex(last)];
    query.ray.distanceSqToSegment(from, to, undefined, point);
    const nearest = point.distanceToSquared(to) < point.distanceToSquared(from) ? last : found.element;
    return { distance: found.distance, point, facts: factsOf(data, line, nearest) };
  };
}

function factsOf(data: PreparedStreamlines, line: number, point: number): PickFact[] {
  const { offsets, groups, pointArrays, streamlineArrays } = data;
  const bundles = groups.filter(({ streamlines }) => streamlines.includes(line)).map(({ name }) => name);
  const first = offsets[line] ?? 0;
  return [
    ...(bundles.length > 0 ? [{ name: "bundle", value: bundles.join(", ") }] : []),
    { name: "streamline", value: line },
    { name: "point", value: point - first },
    { name: "length", value: lengthOf(data, line), ...(data.space === "ras" && { unit: "mm" }) },
    ...arrayFacts(pointArrays, point),
    ...arrayFacts(streamlineArrays, line),
  ];
}

/** Finds the streamline of a point by binary search: offsets increase. */
function lineOf(offsets: Uint32Array, point: number): number {
  let [low, high] = [0, offsets.length - 1];
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) <= point) low = middle;
    else high = middle;
  }
  return low;
}

function lengthOf({ positions, offsets }: PreparedStreamlines, line: number): number {
  let length = 0;
  for (let point = (offsets[line] ?? 0) + 1; point < (offsets[line + 1] ?? 0); point += 1) {
    const at = 3 * point;
    const step = (axis: number): number => (positions[at + axis] ?? 0) - (positions[at + axis - 3] ?? 0);
    const distance = Math.hypot(step(0), step(1), step(2));
    // Lines end at points that are not finite.
    if (Number.isFinite(distance)) length += distance;
  }
  return length;
}
