import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { type WebGLActiveInfo, type WebGLProgram, WebGLTransformFeedback } from "./objects.ts";
import { cStringArray, INFO_BYTES } from "./programs.ts";
import { Queries } from "./queries.ts";
import { bytes } from "./scratch.ts";

/** Transform feedback. */
export abstract class TransformFeedbacks extends Queries {
  protected readonly transformFeedbacks = new Map<number, WebGLTransformFeedback>();
  protected defaultTransformFeedback = new WebGLTransformFeedback(0, {});
  protected transformFeedback = this.defaultTransformFeedback;

  protected resetTransformFeedback(): void {
    this.defaultTransformFeedback = new WebGLTransformFeedback(0, this.owner);
    this.transformFeedback = this.defaultTransformFeedback;
  }

  protected transformFeedbackRuns(): boolean {
    return this.transformFeedback.active && !this.transformFeedback.paused;
  }

  createTransformFeedback(): WebGLTransformFeedback {
    if (active !== this && !this.enter()) return new WebGLTransformFeedback(0, {});
    const feedback = new WebGLTransformFeedback(this.generated(this.gl.glGenTransformFeedbacks), this.owner);
    this.transformFeedbacks.set(feedback.name, feedback);
    return feedback;
  }

  deleteTransformFeedback(feedback: WebGLTransformFeedback | null): void {
    if (active !== this && !this.enter()) return;
    if (feedback instanceof WebGLTransformFeedback && feedback.active && !feedback.deleted) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    if (!this.takeForDelete(feedback, WebGLTransformFeedback)) return;
    if (this.transformFeedback === feedback) this.transformFeedback = this.defaultTransformFeedback;
    this.released(this.gl.glDeleteTransformFeedbacks, feedback.name);
    this.transformFeedbacks.delete(feedback.name);
  }

  isTransformFeedback(feedback: WebGLTransformFeedback | null): boolean {
    if (active !== this && !this.enter()) return false;
    return this.isOwn(feedback, WebGLTransformFeedback) && feedback.bound;
  }

  bindTransformFeedback(target: number, feedback: WebGLTransformFeedback | null): void {
    if (active !== this && !this.enter()) return;
    const name = this.nameOf(feedback, WebGLTransformFeedback);
    if (name < 0) return;
    if (target !== GL.TRANSFORM_FEEDBACK) {
      this.raise(GL.INVALID_ENUM);
      return;
    }
    if (this.transformFeedbackRuns()) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    this.transformFeedback = feedback ?? this.defaultTransformFeedback;
    this.transformFeedback.bound = true;
    this.gl.glBindTransformFeedback(target, name);
  }

  beginTransformFeedback(primitiveMode: number): void {
    if (active !== this && !this.enter()) return;
    const feedback = this.transformFeedback;
    if (primitiveMode !== GL.POINTS && primitiveMode !== GL.LINES && primitiveMode !== GL.TRIANGLES) {
      this.raise(GL.INVALID_ENUM);
      return;
    }
    if (feedback.active || !this.currentProgram) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    const before = this.gl.glGetError();
    if (before) this.raise(before);
    this.gl.glBeginTransformFeedback(primitiveMode);
    const error = this.gl.glGetError();
    if (error) {
      this.raise(error);
      return;
    }
    feedback.active = true;
    feedback.paused = false;
    feedback.program = this.currentProgram;
  }

  endTransformFeedback(): void {
    if (active !== this && !this.enter()) return;
    if (!this.transformFeedback.active) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    this.transformFeedback.active = false;
    this.transformFeedback.paused = false;
    this.transformFeedback.program = null;
    this.gl.glEndTransformFeedback();
  }

  pauseTransformFeedback(): void {
    if (active !== this && !this.enter()) return;
    if (!this.transformFeedbackRuns()) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    this.transformFeedback.paused = true;
    this.gl.glPauseTransformFeedback();
  }

  resumeTransformFeedback(): void {
    if (active !== this && !this.enter()) return;
    const feedback = this.transformFeedback;
    if (!feedback.active || !feedback.paused || feedback.program !== this.currentProgram) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    feedback.paused = false;
    this.gl.glResumeTransformFeedback();
  }

  transformFeedbackVaryings(program: WebGLProgram, varyings: readonly string[], bufferMode: number): void {
    if (active !== this && !this.enter()) return;
    const name = this.programName(program);
    if (name < 0) return;
    if (bufferMode === GL.INTERLEAVED_ATTRIBS || bufferMode === GL.SEPARATE_ATTRIBS) {
      program.wantedVaryings = varyings.length;
    }
    const { pointers, memory } = cStringArray(varyings);
    this.gl.glTransformFeedbackVaryings(name, memory.length, pointers, bufferMode);
  }

  getTransformFeedbackVarying(program: WebGLProgram, index: number): WebGLActiveInfo | null {
    if (active !== this && !this.enter()) return null;
    const name = this.programName(program);
    if (name < 0) return null;
    // Mesa counts what was asked for, and crashes when that was never linked.
    if (!(index >= 0 && index < (this.isLinked(program) ? program.linkedVaryings : 0))) {
      this.raise(GL.INVALID_VALUE);
      return null;
    }
    return this.activeInfo((size, out) => {
      const text = bytes.subarray(INFO_BYTES);
      this.gl.glGetTransformFeedbackVarying(name, index, size, out, out.subarray(1), out.subarray(2), text);
    });
  }
}
