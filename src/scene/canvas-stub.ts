/**
 * The part of a canvas that three's WebGLRenderer touches when it is given a context. There is no document here.
 */
export class CanvasStub {
  width: number;
  height: number;
  readonly style: Record<string, string> = {};

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
  }

  addEventListener(): void {}

  removeEventListener(): void {}
}

/** WebGLRenderer's dispose() stops an animation loop that was never started, by the browser's global function. */
export function provideCancelAnimationFrame(): void {
  if (typeof globalThis.cancelAnimationFrame !== "function") {
    globalThis.cancelAnimationFrame = (handle: number): void => clearTimeout(handle);
  }
}
