import * as GL from "./constants.generated.ts";
import { ContextMethods } from "./context-core.ts";
import { WebGLSync } from "./objects.ts";
import { ints } from "./scratch.ts";

/** Maximum timeout of clientWaitSync, ns. Longer than in a page: only the program itself runs on this thread. */
export const MAX_CLIENT_WAIT_NANOSECONDS = 1_000_000_000;

export abstract class SyncMethods extends ContextMethods {
  fenceSync(condition: number, flags: number): WebGLSync | null {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    const name = state.gl.glFenceSync(condition, flags);
    return name ? new WebGLSync(name, state.owner) : null;
  }

  deleteSync(sync: WebGLSync | null): void {
    const { state } = this;
    if (state.makeCurrent() && state.markDeleted(sync, WebGLSync)) state.gl.glDeleteSync(sync.name);
  }

  /** `timeout` in nanoseconds, at most MAX_CLIENT_WAIT_TIMEOUT_WEBGL. */
  clientWaitSync(sync: WebGLSync, flags: number, timeout: number): number {
    const { state } = this;
    const name = state.requiredNameOf(sync, WebGLSync);
    if (name < 0) return GL.WAIT_FAILED;
    if (timeout > MAX_CLIENT_WAIT_NANOSECONDS || timeout < 0) {
      state.raise(GL.INVALID_OPERATION);
      return GL.WAIT_FAILED;
    }
    return state.gl.glClientWaitSync(name, flags, timeout);
  }

  waitSync(sync: WebGLSync, flags: number, timeout: number): void {
    const { state } = this;
    const name = state.requiredNameOf(sync, WebGLSync);
    if (name < 0) return;
    if (state.raiseIf(flags !== 0 || timeout !== GL.TIMEOUT_IGNORED, GL.INVALID_VALUE)) return;
    state.gl.glWaitSync(name, flags, 0xffff_ffff_ffff_ffffn);
  }

  getSyncParameter(sync: WebGLSync, parameter: number): number | null {
    const { state } = this;
    const name = state.requiredNameOf(sync, WebGLSync);
    if (name < 0) return null;
    switch (parameter) {
      case GL.OBJECT_TYPE:
      case GL.SYNC_STATUS:
      case GL.SYNC_CONDITION:
      case GL.SYNC_FLAGS:
        state.gl.glGetSynciv(name, parameter, 1, ints.subarray(1), ints);
        return ints[0] ?? 0;
    }
    return state.refuse(GL.INVALID_ENUM);
  }
}
