import { expect } from "bun:test";
import { Vector3 } from "three";
import { buildVolume } from "../../../src/actors/volume/volume.ts";
import type { VolumeStyle } from "../../../src/layers/layer-properties.ts";
import type { ShowManager } from "../../../src/scene/show-manager.ts";
import type { Snapshot } from "../../../src/scene/show-options.ts";
import { pixel } from "../../scene/images.ts";
import { showOpener } from "../../scene/shows.ts";
import { type VolumeSpec, volume } from "./volumes.ts";

/** Draws volumes, one over the other, from the front, the right and above. @param prepare adds other objects */
type DrawVolumes = (
  layers: readonly (readonly [VolumeSpec, VolumeStyle?])[],
  prepare?: (show: ShowManager) => void,
) => { show: ShowManager; picture: Snapshot };

/** Returns a function that draws volumes in a new show, which is disposed after the test. */
export function volumeDrawer(): DrawVolumes {
  const open = showOpener();
  return (layers, prepare) => {
    const show = open({ size: [320, 240], background: "#102030" });
    const slices = { isTranslucent: false };
    for (const [spec, style = {}] of layers) show.add(buildVolume(volume(spec), style, slices).object);
    prepare?.(show);
    show.frameScene("z");
    show.render({ samples: 0 });
    expect(show.gl.getError()).toBe(0);
    return { show, picture: show.snapshot() };
  };
}

/** The pixel at world coordinates. */
export function pixelAt(show: ShowManager, picture: Snapshot, ...point: [number, number, number]): number[] {
  const { x, y } = new Vector3(...point).project(show.camera);
  return pixel(picture, (x + 1) / 2, (1 - y) / 2);
}

export const gray = (value: number): number[] => [value, value, value, 255];
