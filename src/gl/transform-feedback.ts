import * as GL from "./constants.generated.ts";
import { ContextMethods } from "./context-core.ts";
import { type WebGLActiveInfo, type WebGLProgram, WebGLTransformFeedback } from "./objects.ts";
import { NAME_OFFSET, readActiveInfo } from "./program-attributes.ts";
import { isLinked, nameOfProgram } from "./programs.ts";
import { bytes, cStringArray } from "./scratch.ts";

/** The bound transform feedback object. */
export class TransformFeedbackState {
  /** The object that null stands for. */
  readonly default: WebGLTransformFeedback;
  current: WebGLTransformFeedback;

  constructor(owner: object) {
    this.default = new WebGLTransformFeedback(0, owner);
    this.current = this.default;
  }

  /** Active and not paused. */
  get isRunning(): boolean {
    return this.current.active && !this.current.paused;
  }
}

export abstract class TransformFeedbackMethods extends ContextMethods {
  deleteTransformFeedback(feedback: WebGLTransformFeedback | null): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    if (feedback instanceof WebGLTransformFeedback && feedback.active && !feedback.deleted) {
      state.raise(GL.INVALID_OPERATION);
      return;
    }
    if (!state.markDeleted(feedback, WebGLTransformFeedback)) return;
    if (state.transformFeedbacks.current === feedback)
      state.transformFeedbacks.current = state.transformFeedbacks.default;
    state.deleteName(state.gl.glDeleteTransformFeedbacks, feedback.name);
  }

  bindTransformFeedback(target: number, feedback: WebGLTransformFeedback | null): void {
    const { state } = this;
    const name = state.nameOf(feedback, WebGLTransformFeedback);
    if (name < 0) return;
    if (state.raiseIf(target !== GL.TRANSFORM_FEEDBACK, GL.INVALID_ENUM)) return;
    if (state.raiseIf(state.transformFeedbacks.isRunning, GL.INVALID_OPERATION)) return;
    state.transformFeedbacks.current = feedback ?? state.transformFeedbacks.default;
    state.transformFeedbacks.current.bound = true;
    state.gl.glBindTransformFeedback(target, name);
  }

  beginTransformFeedback(primitiveMode: number): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const feedback = state.transformFeedbacks.current;
    if (primitiveMode !== GL.POINTS && primitiveMode !== GL.LINES && primitiveMode !== GL.TRIANGLES) {
      state.raise(GL.INVALID_ENUM);
      return;
    }
    if (state.raiseIf(feedback.active || !state.currentProgram, GL.INVALID_OPERATION)) return;
    if (!state.attempt(() => state.gl.glBeginTransformFeedback(primitiveMode))) return;
    feedback.active = true;
    feedback.paused = false;
    feedback.program = state.currentProgram;
  }

  endTransformFeedback(): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    if (state.raiseIf(!state.transformFeedbacks.current.active, GL.INVALID_OPERATION)) return;
    state.transformFeedbacks.current.active = false;
    state.transformFeedbacks.current.paused = false;
    state.transformFeedbacks.current.program = null;
    state.gl.glEndTransformFeedback();
  }

  pauseTransformFeedback(): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    if (state.raiseIf(!state.transformFeedbacks.isRunning, GL.INVALID_OPERATION)) return;
    state.transformFeedbacks.current.paused = true;
    state.gl.glPauseTransformFeedback();
  }

  resumeTransformFeedback(): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const feedback = state.transformFeedbacks.current;
    if (!feedback.active || !feedback.paused || feedback.program !== state.currentProgram) {
      state.raise(GL.INVALID_OPERATION);
      return;
    }
    feedback.paused = false;
    state.gl.glResumeTransformFeedback();
  }

  transformFeedbackVaryings(program: WebGLProgram, varyings: readonly string[], bufferMode: number): void {
    const { state } = this;
    const name = nameOfProgram(state, program);
    if (name < 0) return;
    if (bufferMode === GL.INTERLEAVED_ATTRIBS || bufferMode === GL.SEPARATE_ATTRIBS) {
      program.requestedVaryings = varyings.length;
    }
    const { pointers, memory } = cStringArray(varyings);
    state.gl.glTransformFeedbackVaryings(name, memory.length, pointers, bufferMode);
  }

  getTransformFeedbackVarying(program: WebGLProgram, index: number): WebGLActiveInfo | null {
    const { state } = this;
    const name = nameOfProgram(state, program);
    if (name < 0) return null;
    // Mesa counts the requested varyings, and crashes if the program was never linked.
    if (!(index >= 0 && index < (isLinked(state, program) ? program.linkedVaryings : 0)))
      return state.refuse(GL.INVALID_VALUE);
    return readActiveInfo((size, out) => {
      const text = bytes.subarray(NAME_OFFSET);
      state.gl.glGetTransformFeedbackVarying(name, index, size, out, out.subarray(1), out.subarray(2), text);
    });
  }
}
