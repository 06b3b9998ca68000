import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { Framebuffers } from "./framebuffers.ts";
import { pixelBytes, viewHoldsType } from "./pixel-store.ts";
import { ints } from "./scratch.ts";

/** What reads from the read framebuffer: readPixels and copies into textures. */
export abstract class Reading extends Framebuffers {
  /** Whether there is a colour to read; Mesa reads from nothing and crashes. Resolves the drawing buffer. */
  #canRead(): boolean {
    if (!this.driver.followsWebGl) {
      const source = this.integer(GL.READ_BUFFER);
      if (
        this.readFramebuffer &&
        this.gl.glCheckFramebufferStatus(GL.READ_FRAMEBUFFER) !== GL.FRAMEBUFFER_COMPLETE
      ) {
        this.raise(GL.INVALID_FRAMEBUFFER_OPERATION);
        return false;
      }
      const type = GL.FRAMEBUFFER_ATTACHMENT_OBJECT_TYPE;
      if (source !== GL.NONE)
        this.gl.glGetFramebufferAttachmentParameteriv(GL.READ_FRAMEBUFFER, source, type, ints);
      if (source === GL.NONE || ints[0] === GL.NONE) {
        this.raise(GL.INVALID_OPERATION);
        return false;
      }
    }
    this.resolveForReading();
    return true;
  }

  /**
   * Rows come bottom-up. `destination` is a view, or a byte offset into the PIXEL_PACK_BUFFER;
   * `destinationOffset` counts the view's elements.
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
    if (active !== this && !this.enter()) return;
    const packBuffer = this.boundBuffers.get(GL.PIXEL_PACK_BUFFER);
    if (typeof destination === "number") {
      if (!packBuffer) {
        this.raise(GL.INVALID_OPERATION);
        return;
      }
      if (destination < 0) {
        this.raise(GL.INVALID_VALUE);
        return;
      }
      if (!this.#canRead()) return;
      this.gl.glReadPixels(x, y, width, height, format, type, destination);
      return;
    }
    if (packBuffer) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    if (destination === null || destination === undefined) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    if (!ArrayBuffer.isView(destination)) throw new TypeError("readPixels writes into a typed array.");
    if (width < 0 || height < 0) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    const bytesPerPixel = pixelBytes(format, type);
    if (!bytesPerPixel) {
      this.raise(GL.INVALID_ENUM);
      return;
    }
    if (!viewHoldsType(destination, type)) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    if (!this.pack.fits(width, height, false)) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    const offset = destinationOffset * (destination as Uint8Array).BYTES_PER_ELEMENT;
    const available = destination.byteLength - offset;
    if (offset < 0 || available < 0) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    if (this.pack.size(width, height, 1, bytesPerPixel, false) > available) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    if (!this.#canRead()) return;
    if (available === 0) {
      this.gl.glReadPixels(x, y, 0, 0, format, type, null);
      return;
    }
    const memory = new Uint8Array(destination.buffer, destination.byteOffset + offset, available);
    this.gl.glReadPixels(x, y, width, height, format, type, memory);
  }

  copyTexImage2D(
    target: number,
    level: number,
    internalFormat: number,
    x: number,
    y: number,
    width: number,
    height: number,
    border: number,
  ): void {
    if (active !== this && !this.enter()) return;
    if (!this.hasTexture(target)) return;
    if (!this.#canRead()) return;
    this.gl.glCopyTexImage2D(target, level, internalFormat, x, y, width, height, border);
  }

  copyTexSubImage2D(
    target: number,
    level: number,
    xOffset: number,
    yOffset: number,
    x: number,
    y: number,
    width: number,
    height: number,
  ): void {
    if (active !== this && !this.enter()) return;
    if (!this.hasTexture(target)) return;
    if (!this.#canRead()) return;
    this.gl.glCopyTexSubImage2D(target, level, xOffset, yOffset, x, y, width, height);
  }

  copyTexSubImage3D(
    target: number,
    level: number,
    xOffset: number,
    yOffset: number,
    zOffset: number,
    x: number,
    y: number,
    width: number,
    height: number,
  ): void {
    if (active !== this && !this.enter()) return;
    if (!this.hasTexture(target)) return;
    if (!this.#canRead()) return;
    this.gl.glCopyTexSubImage3D(target, level, xOffset, yOffset, zOffset, x, y, width, height);
  }
}
