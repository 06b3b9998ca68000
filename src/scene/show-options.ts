import type { Scene } from "three";
import type { SceneCamera } from "./camera/view-camera.ts";

export type GlBackend = "auto" | "gpu" | "mesa" | "angle";

export interface ShowManagerOptions {
  /** Default: an empty scene. */
  readonly scene?: Scene;
  /** Default: a perspective camera with VTK's 30 degrees. */
  readonly camera?: SceneCamera;
  /** Width and height in pixels. Default: 1280 x 720. */
  readonly size?: readonly [width: number, height: number];
  /**
   * Any opaque CSS colour, or "transparent", for pixels with premultiplied alpha. Default: `DEFAULT_BACKGROUND`, unless the
   * scene has a background.
   */
  readonly background?: string;
  /** Which GL driver. Default "auto": the first of the chain that works. */
  readonly glBackend?: GlBackend;
  /** Light that follows the camera while the scene has none of its own. Default: true. */
  readonly light?: boolean;
  /**
   * Frame the scene, along -z as VTK does, before it is rendered with a camera still at the origin, where three.js creates it
   * (FURY's reset_camera). False for a view from the origin, for example of a panorama. Default: true.
   */
  readonly resetCamera?: boolean;
}

/** A rendered picture: sRGB, RGBA bytes, rows top-down, tightly packed. */
export interface Snapshot {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

export interface RenderOptions {
  /** Samples per pixel against jagged edges: 4 at rest, 0 while the view moves. Default: as before, at first 0. */
  readonly samples?: 0 | 4;
  /**
   * Leave out what is hardly seen: the back faces of closed surfaces, which show through holes only, and the detail of
   * meshes that have a draft (see `LoadedScene.makeDrafts`). For pictures in motion on a software driver, which draws
   * the bunny in half of the time without the one, and in half of that without the other. Default: false.
   */
  readonly draft?: boolean;
  /**
   * Size of the picture as a share of the show's, above 0 and at most 1; both sides are rounded. It shows the same with
   * fewer pixels. Default: 1.
   */
  readonly scale?: number;
}

export interface ShowManagerEvents {
  /** After each render, while the picture can be read. Its size in px is that of the picture. */
  render: { readonly width: number; readonly height: number; readonly renders: number };
  /** After each change of size, before the next render. */
  resize: { readonly width: number; readonly height: number };
}

/** Wider or higher than this no driver of the chain renders. */
export const MAX_SIZE = 8192;

/** @throws RangeError when a picture of this size cannot be */
export function checkedSize(width: number, height: number): [number, number] {
  for (const value of [width, height]) {
    if (!Number.isInteger(value) || value < 1 || value > MAX_SIZE) {
      throw new RangeError(
        `a size of ${width}x${height} pixels cannot be rendered: 1x1 to ${MAX_SIZE}x${MAX_SIZE}`,
      );
    }
  }
  return [width, height];
}
