import { type Material, type MeshPhysicalMaterial, type Object3D, ShaderChunk } from "three";
import type { PixelImage } from "../native/pixel-image.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import { MAX_SIZE, type Tile } from "../scene/show-options.ts";

/** Maximum number of pixels of a picture that is rendered without tiles: 3840x2160, whose samples and pixels take 400 MB. */
const MAX_PIXELS = 3840 * 2160;
/** Time budget of a step of a progressive frame, ms. */
const STEP_MS = 60;
const TILE_WIDTH = 4096;
const TILE_HEIGHT = 1024;
/** Maximum number of pixels in a row of tiles: 64 MiB. */
const MAX_ROW_PIXELS = 1 << 24;

/** Margin around a tile that is rendered and discarded, px: a line that is clipped ends differently from one that continues. */
const MARGIN = 4;
/**
 * Margin in scenes with points or glass, px: OpenGL ES clips a point whose centre is outside the viewport, and glass refracts its
 * surroundings. The largest points have a radius of 182 px (`fitPointSize` in 32768 rows).
 */
const WIDE_MARGIN = 192;

/**
 * Renders a picture with antialiasing, in rows of tiles if it is large.
 *
 * @param onProgress called with the rendered fraction, 0 to 1
 * @returns strips of whole rows from top to bottom, with premultiplied alpha; a strip is valid until the next is requested
 */
export function renderPicture(
  show: ShowManager,
  onProgress: (fraction: number) => void,
): Generator<PixelImage> {
  const [width] = show.size;
  if (!isTiled(show.size)) return renderWhole(show, onProgress);
  // A power of 2, as encodeJpegStrips requires.
  const rows = Math.min(TILE_HEIGHT, 2 ** Math.floor(Math.log2(MAX_ROW_PIXELS / width)));
  return renderTiles(show, [TILE_WIDTH, rows], onProgress);
}

/** Whether a picture of this size, px, is rendered in tiles. */
export function isTiled([width, height]: readonly [width: number, height: number]): boolean {
  return width * height > MAX_PIXELS || Math.max(width, height) > MAX_SIZE;
}

function* renderWhole(show: ShowManager, onProgress: (fraction: number) => void): Generator<PixelImage> {
  const [width, height] = show.size;
  // In steps, because llvmpipe keeps all triangles until the end of a step: 8 million take 780 MB in one pass, 675 MB in steps.
  for (const fraction of show.renderOnce(STEP_MS)) onProgress(fraction);
  const data = new Uint8Array(width * height * 4);
  show.readPixelsInto(data);
  yield { width, height, data, format: "rgba", bottomUp: true };
}

/** Renders a picture in tiles of at most this size, px; otherwise like {@link renderPicture}. */
export function* renderTiles(
  show: ShowManager,
  [tileWidth, tileHeight]: readonly [width: number, height: number],
  onProgress: (fraction: number) => void,
): Generator<PixelImage> {
  const [width, height] = show.size;
  const { hasPoints, hasGlass } = contentsOf(show.scene);
  const margin = hasPoints || hasGlass ? WIDE_MARGIN : MARGIN;
  const columns = Math.ceil(width / tileWidth);
  const rows = Math.ceil(height / tileHeight);
  const buffer = new Uint8Array(width * Math.min(height, tileHeight) * 4);
  const glassShader = ShaderChunk.transmission_pars_fragment;
  // Rough glass blurs in proportion to the width of the picture; three.js would use the width of the tile.
  ShaderChunk.transmission_pars_fragment = glassShader.replace("transmissionSamplerSize.x )", `${width}.0 )`);
  try {
    for (let row = 0; row < rows; row += 1) {
      const y = row * tileHeight;
      const data = buffer.subarray(0, width * Math.min(tileHeight, height - y) * 4);
      for (let column = 0; column < columns; column += 1) {
        onProgress((row * columns + column) / (rows * columns));
        const x = column * tileWidth;
        const tile = {
          x,
          y,
          width: Math.min(tileWidth, width - x),
          height: Math.min(tileHeight, height - y),
        };
        renderTile(show, tile, margin);
        readTile(show, tile, margin, data.subarray(x * 4));
      }
      yield { width, height: data.length / (width * 4), data, format: "rgba", bottomUp: true };
    }
  } finally {
    ShaderChunk.transmission_pars_fragment = glassShader;
  }
}

function renderTile(show: ShowManager, { x, y, width, height }: Tile, margin: number): void {
  const tile = { x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin };
  show.render({ samples: 4, tile });
}

/** Reads a tile without its margin into rows of the picture. */
function readTile(
  { gl, renderer, size }: ShowManager,
  { width, height }: Tile,
  margin: number,
  rows: Uint8Array,
): void {
  renderer.setRenderTarget(null);
  gl.pixelStorei(gl.PACK_ROW_LENGTH, size[0]);
  gl.readPixels(margin, margin, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rows);
  gl.pixelStorei(gl.PACK_ROW_LENGTH, 0);
}

function contentsOf(scene: Object3D): { hasPoints: boolean; hasGlass: boolean } {
  let hasPoints = false;
  let hasGlass = false;
  scene.traverseVisible((object) => {
    if ("isPoints" in object) hasPoints = true;
    const { material = [] } = object as { material?: Material | Material[] };
    for (const { transmission = 0 } of [material].flat() as Partial<MeshPhysicalMaterial>[]) {
      if (transmission > 0) hasGlass = true;
    }
  });
  return { hasPoints, hasGlass };
}
