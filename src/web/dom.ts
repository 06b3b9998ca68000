import type { Size } from "./view/geometry.ts";

/** The element with this id. @throws Error if index.html has no such element of this kind */
export function byId<T extends Element>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`index.html has no ${kind.name} with the id ${id}.`);
  return element;
}

/** Sets a canvas's size in px, if it differs: setting it clears the canvas, so fill it before the next paint. */
export function resizeCanvas(canvas: HTMLCanvasElement, { width, height }: Size): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
