/** The part of HTMLCanvasElement that three.js's WebGLRenderer uses when it is created with a context. */
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

/** Defines the global function that WebGLRenderer.dispose() calls, even without an animation loop. */
export function provideCancelAnimationFrame(): void {
  if (typeof globalThis.cancelAnimationFrame !== "function") {
    globalThis.cancelAnimationFrame = (handle: number): void => clearTimeout(handle);
  }
}
