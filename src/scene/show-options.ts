import type { OrthographicCamera, Scene } from "three";
import type { PickPurpose, PickResult } from "../protocol/pick.ts";
import type { SceneCamera } from "./camera/view-camera.ts";

export type GlBackend = "auto" | "gpu" | "mesa" | "angle";

export interface ShowManagerOptions {
  /** Default: an empty scene. */
  readonly scene?: Scene;
  /** Default: a perspective camera with VTK's 30 degrees. */
  readonly camera?: SceneCamera;
  /** Width and height of the view, px. A view above `MAX_SIZE` can only be rendered in tiles. Default: 1280 x 720. */
  readonly size?: readonly [width: number, height: number];
  /**
   * Any opaque CSS color, or "transparent", for pixels with premultiplied alpha. Default: `DEFAULT_BACKGROUND`, unless the
   * scene has a background.
   */
  readonly background?: string;
  /** GL driver. Default: "auto", the first one that works. */
  readonly glBackend?: GlBackend;
  /** Add lights that follow the camera, unless the scene has lights. Default: true. */
  readonly light?: boolean;
  /**
   * Frame the scene before the first render if the camera is still at the origin, where three.js creates it (FURY's reset_camera).
   * False for a view from the origin, for example of a panorama. Default: true.
   */
  readonly resetCamera?: boolean;
}

/** Pixels of a frame: sRGB, RGBA, rows top-down, tightly packed. */
export interface Snapshot {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

export interface RenderOptions {
  /** Samples per pixel (MSAA): 4 for a still view, 0 while it moves. Default: as in the previous render; initially 0. */
  readonly samples?: 0 | 4;
  /**
   * Render fewer triangles, while the view moves: simplified meshes (see `LoadedScene.makeDrafts`), and no back faces of watertight
   * meshes. Each halves the frame time of the bunny on a software driver. Default: false.
   */
  readonly draft?: boolean;
  /** Level of detail of a draft, 0 (the most detailed) or 1. Default: 0. */
  readonly level?: number;
  /**
   * Size of the frame relative to the view, above 0 and at most 1; width and height are rounded. 2 selects supersampling: the view is
   * rendered at twice its width and height and downsampled to its size. Default: 1.
   */
  readonly scale?: number;
  /**
   * Part of the view to render as a frame of its own, px from the view's upper left corner. It may extend beyond the view, and cannot be
   * combined with `scale`. Default: the whole view.
   */
  readonly tile?: Tile;
}

/** A drawing in front of a scene, such as a scalar bar. */
export interface ViewOverlay {
  /**
   * Called before each frame.
   *
   * @param size of the view, px
   * @returns what to draw, without depth test; undefined: nothing
   */
  update(
    camera: SceneCamera,
    size: readonly [width: number, height: number],
  ): { readonly scene: Scene; readonly camera: OrthographicCamera } | undefined;
}

/** A rectangle of a view, px. */
export interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ShowManagerEvents {
  /**
   * Emitted after each render, and several times during a progressive frame, while the frame can be read. `width` and `height` of the
   * frame are in px. `complete`: the whole frame is drawn.
   */
  render: {
    readonly width: number;
    readonly height: number;
    readonly renders: number;
    readonly complete: boolean;
  };
  /** A viewer has dragged clip planes by their handles. `planes`: the new value of `clipPlanes` of the view. */
  clip: { readonly planes: string };
  /** After each change of the view's size, before the next render. */
  resize: { readonly width: number; readonly height: number };
  /**
   * Before each frame of a stream: move the objects here. `seconds`: how long the scene has moved with viewers. While there is a listener,
   * a stream with viewers renders continuously. All listeners are removed when one throws, so that the view can still be moved.
   */
  animate: { readonly seconds: number };
  /** The scene was changed, by `ShowManager.invalidate`. */
  change: undefined;
  /** A viewer has pressed or released a key, after the camera's keys (`r`, `z`, Home) were handled. Call `invalidate` after a change. */
  key: ShowKeyEvent;
  /** A viewer has moved the pointer, or pressed or released a button, after the camera was moved. Call `invalidate` after a change. */
  pointer: ShowPointerEvent;
  /** After each `pick`, by a viewer or by the program. */
  pick: PickEvent;
}

interface ModifierKeys {
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly meta: boolean;
}

export interface ShowKeyEvent extends ModifierKeys {
  readonly type: "down" | "up";
  /** As `KeyboardEvent.key`: "a", "A", "Enter", "ArrowLeft". */
  readonly key: string;
  /** Whether the key was held down until it repeated. */
  readonly repeat: boolean;
}

export interface ShowPointerEvent extends ModifierKeys {
  readonly type: "down" | "up" | "move";
  /** Fractions of the width and the height of the view, from the upper left corner; outside of 0 to 1 during some drags. */
  readonly x: number;
  readonly y: number;
  /** Of "down" and "up": 0 left, 1 middle, 2 right, as in the DOM. */
  readonly button?: 0 | 1 | 2;
  /**
   * World coordinates of what the last frame shows there; undefined where it shows nothing. Its depth is read only when this is read.
   * `ShowManager.pick` also says what is there.
   */
  readonly point: readonly [x: number, y: number, z: number] | undefined;
}

/** An answered question for what is at a place of the view. */
export interface PickEvent {
  /** Fractions of the width and the height of the view, from the upper left corner. */
  readonly x: number;
  readonly y: number;
  /** Whether the pointer only hovers, or was clicked. */
  readonly purpose: PickPurpose;
  readonly result: PickResult;
}

/** Maximum width and height of a view, px: the limit of the software drivers. */
export const MAX_SIZE = 8192;

/** Maximum width and height of a view that is rendered in tiles, px. */
export const MAX_PICTURE_SIZE = 32768;

/** @throws RangeError unless both are integers from 1 to `max` */
export function checkedSize(
  [width, height]: readonly [width: number, height: number],
  max: number,
): [number, number] {
  for (const value of [width, height]) {
    if (!Number.isInteger(value) || value < 1 || value > max) {
      throw new RangeError(`a size of ${width}x${height} pixels cannot be rendered: 1x1 to ${max}x${max}`);
    }
  }
  return [width, height];
}
