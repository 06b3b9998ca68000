import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { resolveForReading } from "./framebuffers.ts";
import { pixelBytes, viewHoldsType } from "./pixel-store.ts";
import { ints } from "./scratch.ts";

export abstract class ReadPixelsMethods extends ContextMethods {
  /**
   * The bottom row is the first. `destination` is a view, or a byte offset into the PIXEL_PACK_BUFFER;
   * `destinationOffset` is in elements of the view.
   */
  readPixels(
    x: number,
    y: number,
    width: number,
    height: number,
    format: number,
    type: number,
    destination: ArrayBufferView | number | null,
    destinationOffset = 0,
  ): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const packBuffer = state.buffers.bound.get(GL.PIXEL_PACK_BUFFER);
    if (typeof destination === "number") {
      if (!packBuffer) state.raise(GL.INVALID_OPERATION);
      else if (destination < 0) state.raise(GL.INVALID_VALUE);
      else if (prepareRead(state)) state.gl.glReadPixels(x, y, width, height, format, type, destination);
      return;
    }
    const memory = destinationMemory(state, width, height, format, type, destination, destinationOffset);
    if (!memory || !prepareRead(state)) return;
    if (memory.length > 0) state.gl.glReadPixels(x, y, width, height, format, type, memory);
    else state.gl.glReadPixels(x, y, 0, 0, format, type, null);
  }
}

/** Resolves the drawing buffer. False, with the error recorded, if there is no color buffer to read: Mesa would crash. */
export function prepareRead(state: ContextState): boolean {
  if (!state.driver.enforcesWebGl) {
    const source = state.getInteger(GL.READ_BUFFER);
    if (
      state.framebuffers.read &&
      state.gl.glCheckFramebufferStatus(GL.READ_FRAMEBUFFER) !== GL.FRAMEBUFFER_COMPLETE
    )
      return state.raise(GL.INVALID_FRAMEBUFFER_OPERATION);
    const type = GL.FRAMEBUFFER_ATTACHMENT_OBJECT_TYPE;
    if (source !== GL.NONE)
      state.gl.glGetFramebufferAttachmentParameteriv(GL.READ_FRAMEBUFFER, source, type, ints);
    if (source === GL.NONE || ints[0] === GL.NONE) return state.raise(GL.INVALID_OPERATION);
  }
  resolveForReading(state);
  return true;
}

/** The destination memory of readPixels. Null, with the error recorded, if it is invalid or too small. */
function destinationMemory(
  state: ContextState,
  width: number,
  height: number,
  format: number,
  type: number,
  destination: ArrayBufferView | null,
  elementOffset: number,
): Uint8Array | null {
  const { pack } = state.pixelStore;
  if (state.buffers.bound.get(GL.PIXEL_PACK_BUFFER)) return state.refuse(GL.INVALID_OPERATION);
  if (destination === null || destination === undefined) return state.refuse(GL.INVALID_VALUE);
  if (!ArrayBuffer.isView(destination)) {
    throw new TypeError("The destination of readPixels must be a typed array.");
  }
  if (width < 0 || height < 0) return state.refuse(GL.INVALID_VALUE);
  const bytesPerPixel = pixelBytes(format, type);
  if (!bytesPerPixel) return state.refuse(GL.INVALID_ENUM);
  if (!viewHoldsType(destination, type)) return state.refuse(GL.INVALID_OPERATION);
  if (!pack.fits(width, height, false)) return state.refuse(GL.INVALID_OPERATION);
  const offset = elementOffset * (destination as Uint8Array).BYTES_PER_ELEMENT;
  const available = destination.byteLength - offset;
  if (offset < 0 || available < 0) return state.refuse(GL.INVALID_VALUE);
  if (pack.size(width, height, 1, bytesPerPixel, false) > available) {
    return state.refuse(GL.INVALID_OPERATION);
  }
  return new Uint8Array(destination.buffer, destination.byteOffset + offset, available);
}
