import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { WebGLQuery } from "./objects.ts";
import { ints, longs, uints } from "./scratch.ts";

const TIME_ELAPSED_EXT = 0x88bf;
const TIMESTAMP_EXT = 0x8e28;

/** Occlusion, transform feedback and timer queries. */
export abstract class QueryMethods extends ContextMethods {
  deleteQuery(query: WebGLQuery | null): void {
    const { state } = this;
    if (!state.makeCurrent() || !state.markDeleted(query, WebGLQuery)) return;
    const slot = querySlot(query.target);
    if (state.activeQueries.get(slot) === query) {
      state.gl.glEndQuery(query.target);
      state.activeQueries.delete(slot);
    }
    state.deleteName(state.gl.glDeleteQueries, query.name);
  }

  beginQuery(target: number, query: WebGLQuery): void {
    const { state } = this;
    const name = state.requiredNameOf(query, WebGLQuery);
    if (name < 0 || !isQueryTarget(state, target)) return;
    const slot = querySlot(target);
    if ((query.target && query.target !== target) || state.activeQueries.has(slot)) {
      state.raise(GL.INVALID_OPERATION);
      return;
    }
    query.target = target;
    state.activeQueries.set(slot, query);
    state.gl.glBeginQuery(target, name);
  }

  endQuery(target: number): void {
    const { state } = this;
    if (!state.makeCurrent() || !isQueryTarget(state, target)) return;
    const slot = querySlot(target);
    if (state.raiseIf(state.activeQueries.get(slot)?.target !== target, GL.INVALID_OPERATION)) return;
    state.activeQueries.delete(slot);
    state.gl.glEndQuery(target);
  }

  getQuery(target: number, parameter: number): WebGLQuery | number | null {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    if (parameter === GL_QUERY_COUNTER_BITS && state.enabledExtensions.has("GL_EXT_disjoint_timer_query")) {
      ints[0] = 0;
      if (target === TIME_ELAPSED_EXT || target === TIMESTAMP_EXT)
        state.gl.glGetQueryiv(target, parameter, ints);
      return ints[0] ?? 0;
    }
    if (!isQueryTarget(state, target)) return null;
    if (parameter !== GL.CURRENT_QUERY) return state.refuse(GL.INVALID_ENUM);
    const query = state.activeQueries.get(querySlot(target));
    return query?.target === target ? query : null;
  }

  getQueryParameter(query: WebGLQuery, parameter: number): number | boolean | null {
    const { state } = this;
    const name = state.requiredNameOf(query, WebGLQuery);
    if (name < 0) return null;
    if (parameter !== GL.QUERY_RESULT && parameter !== GL.QUERY_RESULT_AVAILABLE)
      return state.refuse(GL.INVALID_ENUM);
    if (!query.target || state.activeQueries.get(querySlot(query.target)) === query)
      return state.refuse(GL.INVALID_OPERATION);
    const read64 = state.extensionFunctions.glGetQueryObjectui64vEXT;
    const isTimer = query.target === TIME_ELAPSED_EXT || query.target === TIMESTAMP_EXT;
    if (isTimer && parameter === GL.QUERY_RESULT && read64) {
      read64(name, parameter, longs);
      return Number(longs[0]);
    }
    state.gl.glGetQueryObjectuiv(name, parameter, uints);
    const value = uints[0] ?? 0;
    return parameter === GL.QUERY_RESULT_AVAILABLE ? value !== 0 : value;
  }
}

/** False, with the error recorded, for an invalid target. */
function isQueryTarget(state: ContextState, target: number): boolean {
  const isTimer = target === TIME_ELAPSED_EXT && state.enabledExtensions.has("GL_EXT_disjoint_timer_query");
  const isCore =
    target === GL.ANY_SAMPLES_PASSED ||
    target === GL.ANY_SAMPLES_PASSED_CONSERVATIVE ||
    target === GL.TRANSFORM_FEEDBACK_PRIMITIVES_WRITTEN;
  return isTimer || isCore || state.raise(GL.INVALID_ENUM);
}

const GL_QUERY_COUNTER_BITS = 0x8864;

function isOcclusion(target: number): boolean {
  return target === GL.ANY_SAMPLES_PASSED || target === GL.ANY_SAMPLES_PASSED_CONSERVATIVE;
}

/** The two occlusion targets share a slot: only one of them can be active. */
function querySlot(target: number): number {
  return isOcclusion(target) ? GL.ANY_SAMPLES_PASSED : target;
}
