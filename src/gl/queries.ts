import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { Drawing } from "./drawing.ts";
import { WebGLQuery, WebGLSync } from "./objects.ts";
import { ints, longs, uints } from "./scratch.ts";

const TIME_ELAPSED_EXT = 0x88bf;
const TIMESTAMP_EXT = 0x8e28;
/** Longest clientWaitSync, in nanoseconds. Nothing but the program itself waits on this thread, unlike in a page. */
export const MAX_CLIENT_WAIT_NANOSECONDS = 1_000_000_000;

/** Queries and fences. */
export abstract class Queries extends Drawing {
  protected readonly queries = new Map<number, WebGLQuery>();
  protected readonly syncs = new Set<WebGLSync>();
  protected readonly activeQueries = new Map<number, WebGLQuery>();

  createQuery(): WebGLQuery {
    if (active !== this && !this.enter()) return new WebGLQuery(0, {});
    const query = new WebGLQuery(this.generated(this.gl.glGenQueries), this.owner);
    this.queries.set(query.name, query);
    return query;
  }

  deleteQuery(query: WebGLQuery | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(query, WebGLQuery)) return;
    const slot = querySlot(query.target);
    if (this.activeQueries.get(slot) === query) {
      this.gl.glEndQuery(query.target);
      this.activeQueries.delete(slot);
    }
    this.released(this.gl.glDeleteQueries, query.name);
    this.queries.delete(query.name);
  }

  isQuery(query: WebGLQuery | null): boolean {
    if (active !== this && !this.enter()) return false;
    return this.isOwn(query, WebGLQuery) && query.target !== 0;
  }

  #isQueryTarget(target: number): boolean {
    const timer = target === TIME_ELAPSED_EXT && this.nativeExtensions.has("GL_EXT_disjoint_timer_query");
    const known =
      target === GL.ANY_SAMPLES_PASSED ||
      target === GL.ANY_SAMPLES_PASSED_CONSERVATIVE ||
      target === GL.TRANSFORM_FEEDBACK_PRIMITIVES_WRITTEN;
    if (timer || known) return true;
    this.raise(GL.INVALID_ENUM);
    return false;
  }

  beginQuery(target: number, query: WebGLQuery): void {
    if (active !== this && !this.enter()) return;
    const name = this.requiredNameOf(query, WebGLQuery);
    if (name < 0 || !this.#isQueryTarget(target)) return;
    const slot = querySlot(target);
    if ((query.target && query.target !== target) || this.activeQueries.has(slot)) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    query.target = target;
    this.activeQueries.set(slot, query);
    this.gl.glBeginQuery(target, name);
  }

  endQuery(target: number): void {
    if (active !== this && !this.enter()) return;
    if (!this.#isQueryTarget(target)) return;
    const slot = querySlot(target);
    if (this.activeQueries.get(slot)?.target !== target) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    this.activeQueries.delete(slot);
    this.gl.glEndQuery(target);
  }

  getQuery(target: number, parameter: number): WebGLQuery | number | null {
    if (active !== this && !this.enter()) return null;
    if (parameter === GL_QUERY_COUNTER_BITS && this.nativeExtensions.has("GL_EXT_disjoint_timer_query")) {
      ints[0] = 0;
      if (target === TIME_ELAPSED_EXT || target === TIMESTAMP_EXT)
        this.gl.glGetQueryiv(target, parameter, ints);
      return ints[0] ?? 0;
    }
    if (!this.#isQueryTarget(target)) return null;
    if (parameter !== GL.CURRENT_QUERY) {
      this.raise(GL.INVALID_ENUM);
      return null;
    }
    const query = this.activeQueries.get(querySlot(target));
    return query?.target === target ? query : null;
  }

  getQueryParameter(query: WebGLQuery, parameter: number): number | boolean | null {
    if (active !== this && !this.enter()) return null;
    const name = this.requiredNameOf(query, WebGLQuery);
    if (name < 0) return null;
    if (parameter !== GL.QUERY_RESULT && parameter !== GL.QUERY_RESULT_AVAILABLE) {
      this.raise(GL.INVALID_ENUM);
      return null;
    }
    if (!query.target || this.activeQueries.get(querySlot(query.target)) === query) {
      this.raise(GL.INVALID_OPERATION);
      return null;
    }
    const read64 = this.extensionFunctions.glGetQueryObjectui64vEXT;
    const timer = query.target === TIME_ELAPSED_EXT || query.target === TIMESTAMP_EXT;
    if (timer && parameter === GL.QUERY_RESULT && read64) {
      read64(name, parameter, longs);
      return Number(longs[0]);
    }
    this.gl.glGetQueryObjectuiv(name, parameter, uints);
    const value = uints[0] ?? 0;
    return parameter === GL.QUERY_RESULT_AVAILABLE ? value !== 0 : value;
  }

  fenceSync(condition: number, flags: number): WebGLSync | null {
    if (active !== this && !this.enter()) return null;
    const name = this.gl.glFenceSync(condition, flags);
    if (!name) return null;
    const sync = new WebGLSync(name, this.owner);
    this.syncs.add(sync);
    return sync;
  }

  deleteSync(sync: WebGLSync | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(sync, WebGLSync)) return;
    this.gl.glDeleteSync(sync.name);
    this.syncs.delete(sync);
  }

  isSync(sync: WebGLSync | null): boolean {
    if (active !== this && !this.enter()) return false;
    return this.isOwn(sync, WebGLSync);
  }

  /** `timeout` in nanoseconds, at most MAX_CLIENT_WAIT_TIMEOUT_WEBGL. */
  clientWaitSync(sync: WebGLSync, flags: number, timeout: number): number {
    if (active !== this && !this.enter()) return GL.WAIT_FAILED;
    const name = this.requiredNameOf(sync, WebGLSync);
    if (name < 0) return GL.WAIT_FAILED;
    if (timeout > MAX_CLIENT_WAIT_NANOSECONDS || timeout < 0) {
      this.raise(GL.INVALID_OPERATION);
      return GL.WAIT_FAILED;
    }
    return this.gl.glClientWaitSync(name, flags, timeout);
  }

  waitSync(sync: WebGLSync, flags: number, timeout: number): void {
    if (active !== this && !this.enter()) return;
    const name = this.requiredNameOf(sync, WebGLSync);
    if (name < 0) return;
    if (flags !== 0 || timeout !== GL.TIMEOUT_IGNORED) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    this.gl.glWaitSync(name, flags, 0xffff_ffff_ffff_ffffn);
  }

  getSyncParameter(sync: WebGLSync, parameter: number): number | null {
    if (active !== this && !this.enter()) return null;
    const name = this.requiredNameOf(sync, WebGLSync);
    if (name < 0) return null;
    switch (parameter) {
      case GL.OBJECT_TYPE:
      case GL.SYNC_STATUS:
      case GL.SYNC_CONDITION:
      case GL.SYNC_FLAGS:
        this.gl.glGetSynciv(name, parameter, 1, ints.subarray(1), ints);
        return ints[0] ?? 0;
    }
    this.raise(GL.INVALID_ENUM);
    return null;
  }
}

const GL_QUERY_COUNTER_BITS = 0x8864;

function isOcclusion(target: number): boolean {
  return target === GL.ANY_SAMPLES_PASSED || target === GL.ANY_SAMPLES_PASSED_CONSERVATIVE;
}

/** Both occlusion targets share one place: only one of them may run. */
function querySlot(target: number): number {
  return isOcclusion(target) ? GL.ANY_SAMPLES_PASSED : target;
}
