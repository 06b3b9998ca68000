import type { Object3D } from "three";
import { buildActor } from "../../../src/actors/build-actor.ts";
import type { Streamlines } from "../../../src/formats/data-kinds.ts";
import type { LayerStyle } from "../../../src/layers/layer.ts";
import { prepareStreamlines } from "../../../src/loading/prepare-streamlines.ts";

type Point = readonly [x: number, y: number, z: number];

/** A tractogram of these streamlines. */
export function tractogram(
  lines: readonly (readonly Point[])[],
  more: Partial<Streamlines> = {},
): Streamlines {
  const offsets = new Uint32Array(lines.length + 1);
  for (const [i, { length }] of lines.entries()) offsets[i + 1] = (offsets[i] ?? 0) + length;
  return {
    ...{ kind: "streamlines", space: "ras", origin: [0, 0, 0], warnings: [], groups: [] },
    ...{ pointArrays: [], streamlineArrays: [] },
    positions: new Float32Array(lines.flat(2)),
    offsets,
    ...more,
  };
}

/** Arcs around the z axis, of 60 points each. */
export function arcs(count: number): Point[][] {
  return Array.from({ length: count }, (_, i) => {
    const [height, radius, start] = [((i * 0.618) % 1) - 0.5, 0.4 + ((i * 0.382) % 1) * 0.6, i * 2.399963];
    return Array.from({ length: 60 }, (_, k): Point => {
      const angle = start + k / 40;
      return [radius * Math.cos(angle), radius * Math.sin(angle), height + 0.1 * Math.sin(3 * angle)];
    });
  });
}

/** Builds the actor's object. */
export async function objectOf(data: Streamlines, style: LayerStyle = {}): Promise<Object3D> {
  return (await buildActor(prepareStreamlines(data), style)).object;
}
