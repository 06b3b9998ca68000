import * as GL from "./constants.generated.ts";
import { active, type NumberList } from "./context-core.ts";
import { Uniforms } from "./uniforms.ts";

function indexBytes(type: number): number {
  if (type === GL.UNSIGNED_BYTE) return 1;
  if (type === GL.UNSIGNED_SHORT) return 2;
  return type === GL.UNSIGNED_INT ? 4 : 0;
}

/**
 * Clearing and drawing. Ranges are checked here for every driver: Mesa's would read elsewhere, and ANGLE leaves it to
 * SwiftShader's robust access, which goes on for minutes when the count is absurd.
 */
export abstract class Drawing extends Uniforms {
  clear(mask: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glClear(mask);
  }

  clearBufferfv(buffer: number, drawBuffer: number, values: NumberList<Float32Array>, offset = 0): void {
    if (active !== this && !this.enter()) return;
    const data = this.#clearValues(buffer, values, offset, Float32Array);
    if (data) this.gl.glClearBufferfv(buffer, drawBuffer, data);
  }

  clearBufferiv(buffer: number, drawBuffer: number, values: NumberList<Int32Array>, offset = 0): void {
    if (active !== this && !this.enter()) return;
    const data = this.#clearValues(buffer, values, offset, Int32Array);
    if (data) this.gl.glClearBufferiv(buffer, drawBuffer, data);
  }

  clearBufferuiv(buffer: number, drawBuffer: number, values: NumberList<Uint32Array>, offset = 0): void {
    if (active !== this && !this.enter()) return;
    const data = this.#clearValues(buffer, values, offset, Uint32Array);
    if (data) this.gl.glClearBufferuiv(buffer, drawBuffer, data);
  }

  clearBufferfi(buffer: number, drawBuffer: number, depth: number, stencil: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glClearBufferfi(buffer, drawBuffer, depth, stencil);
  }

  #clearValues<View extends Float32Array | Int32Array | Uint32Array>(
    buffer: number,
    values: ArrayLike<number>,
    offset: number,
    kind: { new (values: ArrayLike<number>): View },
  ): View | undefined {
    const needed = buffer === GL.COLOR ? 4 : 1;
    if (offset < 0 || values.length - offset < needed) {
      this.raise(GL.INVALID_VALUE);
      return undefined;
    }
    return new kind(Array.from({ length: needed }, (_, index) => values[offset + index] ?? 0));
  }

  drawArrays(mode: number, first: number, count: number): void {
    if (active !== this && !this.enter()) return;
    if (!this.#arraysDrawable(mode, first, count, 1)) return;
    this.gl.glDrawArrays(mode, first, count);
  }

  drawArraysInstanced(mode: number, first: number, count: number, instances: number): void {
    if (active !== this && !this.enter()) return;
    if (!this.#arraysDrawable(mode, first, count, instances)) return;
    this.gl.glDrawArraysInstanced(mode, first, count, instances);
  }

  /** `offset` in bytes. */
  drawElements(mode: number, count: number, type: number, offset: number): void {
    if (active !== this && !this.enter()) return;
    if (!this.#elementsDrawable(mode, count, type, offset, 1)) return;
    this.gl.glDrawElements(mode, count, type, offset);
  }

  drawElementsInstanced(mode: number, count: number, type: number, offset: number, instances: number): void {
    if (active !== this && !this.enter()) return;
    if (!this.#elementsDrawable(mode, count, type, offset, instances)) return;
    this.gl.glDrawElementsInstanced(mode, count, type, offset, instances);
  }

  drawRangeElements(
    mode: number,
    start: number,
    end: number,
    count: number,
    type: number,
    offset: number,
  ): void {
    if (active !== this && !this.enter()) return;
    if (!this.#elementsDrawable(mode, count, type, offset, 1)) return;
    this.gl.glDrawRangeElements(mode, start, end, count, type, offset);
  }

  #arraysDrawable(mode: number, first: number, count: number, instances: number): boolean {
    if (first < 0 || count < 0 || instances < 0) {
      this.raise(GL.INVALID_VALUE);
      return false;
    }
    return this.#isMode(mode) && this.#arraysReach(count > 0 ? first + count : 0, instances);
  }

  #elementsDrawable(mode: number, count: number, type: number, offset: number, instances: number): boolean {
    if (count < 0 || offset < 0 || instances < 0) {
      this.raise(GL.INVALID_VALUE);
      return false;
    }
    const unit = indexBytes(type);
    if (!this.#isMode(mode)) return false;
    if (!unit) {
      this.raise(GL.INVALID_ENUM);
      return false;
    }
    const indices = this.vertexArray.elementBuffer;
    if (!indices || offset % unit || offset + count * unit > indices.size) {
      this.raise(GL.INVALID_OPERATION);
      return false;
    }
    // Indices themselves are not looked at: such contexts are made robust, reads outside a buffer stay harmless. But one
    // vertex has to be there: Mesa crashes on a buffer without storage.
    return this.#arraysReach(count > 0 ? 1 : 0, instances);
  }

  #isMode(mode: number): boolean {
    if (mode >= GL.POINTS && mode <= GL.TRIANGLE_FAN) return true;
    this.raise(GL.INVALID_ENUM);
    return false;
  }

  #arraysReach(vertices: number, instances: number): boolean {
    if (this.currentProgram && this.arraysReach(vertices, instances, this.consumedAttributes())) return true;
    this.raise(GL.INVALID_OPERATION);
    return false;
  }
}
