import * as GL from "./constants.generated.ts";
import type { ContextState } from "./context-state.ts";
import { allocateDrawingBuffer, DrawingBuffer } from "./drawing-buffer.ts";
import { ExtensionState } from "./extension-state.ts";
import { PixelStoreState } from "./pixel-store.ts";
import { VertexArrayState } from "./vertex-arrays.ts";

/** Brings a new native context into WebGL's initial state. Throws DrawingBufferError. */
export function initializeContext(state: ContextState, width: number, height: number, samples: number): void {
  state.vertexArrays = new VertexArrayState(state.owner, state.getInteger(GL.MAX_VERTEX_ATTRIBS));
  state.pixelStore = new PixelStoreState();
  state.extensions = new ExtensionState();
  allocateDrawingBuffer(state, width, height, Math.min(samples, state.getInteger(GL.MAX_SAMPLES)));
  state.gl.glViewport(0, 0, width, height);
  state.gl.glScissor(0, 0, width, height);
}

function destroyNativeContext(state: ContextState): void {
  // Mesa's llvmpipe corrupts the heap if a context is destroyed while one of its queries is active.
  if (state.makeCurrent()) {
    for (const { target } of state.queries.active.values()) state.gl.glEndQuery(target);
    if (state.transformFeedbacks.current.active) state.gl.glEndTransformFeedback();
  }
  state.destroyNative();
  state.resetObjects();
}

/** STACKGL_destroy_context: frees all memory. The context cannot be restored. Repeated calls have no effect. */
export function destroy(state: ContextState): void {
  state.destroyed = true;
  destroyNativeContext(state);
}

/** WEBGL_lose_context.loseContext */
export function loseContext(state: ContextState): void {
  if (state.raiseIf(state.isLost, GL.INVALID_OPERATION)) return;
  destroyNativeContext(state);
  state.raise(GL.CONTEXT_LOST_WEBGL);
  state.onEvent("webglcontextlost");
}

/** WEBGL_lose_context.restoreContext */
export function restoreContext(state: ContextState): void {
  if (state.raiseIf(!state.isLost || state.destroyed, GL.INVALID_OPERATION)) return;
  const { width, height, samples } = state.drawingBuffer;
  state.recreateNative();
  state.makeCurrent();
  state.drawingBuffer = new DrawingBuffer(state.gl, state.attributes);
  initializeContext(state, width, height, samples);
  state.onEvent("webglcontextrestored");
}
