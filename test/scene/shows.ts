import { afterEach } from "bun:test";
import { BoxGeometry, Mesh, MeshLambertMaterial } from "three";
import type { CameraState } from "../../src/protocol/camera-state.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import type { ShowManagerOptions } from "../../src/scene/show-options.ts";

/** Returns a function that opens a show, of 160x120 px by default. Each is disposed after the test that opened it. */
export function showOpener(): (options?: ShowManagerOptions) => ShowManager {
  const shows: ShowManager[] = [];
  afterEach(() => {
    for (const show of shows.splice(0)) show.dispose();
  });
  return (options = {}) => {
    const show = new ShowManager({ size: [160, 120], ...options });
    shows.push(show);
    return show;
  };
}

/** The view of the origin from this distance along +z, or from behind if it is negative. */
export function frontView(distance: number, viewAngle = 30): CameraState {
  return { position: [0, 0, distance], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle };
}

export function box(color = 0xffffff): Mesh {
  return new Mesh(new BoxGeometry(2, 2, 2), new MeshLambertMaterial({ color }));
}
