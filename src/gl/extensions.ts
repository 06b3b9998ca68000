import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import type { ExtensionFunctionName } from "./extension-bindings.ts";
import { EXTENSIONS, type ExtensionEntry } from "./extension-table.ts";
import { WebGLQuery, WebGLShader } from "./objects.ts";
import { Parameters } from "./parameters.ts";
import { bytes, ints, textOf } from "./scratch.ts";

const GL_REQUESTABLE_EXTENSIONS_ANGLE = 0x93a8;
const TIMESTAMP_EXT = 0x8e28;

type Members = Record<string, unknown>;

/** headless-gl's: gives the drawing buffer another size (pixels) and clears it. */
export interface ResizeExtension {
  resize(width: number, height: number): void;
}

/** headless-gl's: frees the context with everything in it. It answers as lost from then on; may be called again. */
export interface DestroyExtension {
  destroy(): void;
}

/** Multisampling of the drawing buffer: samples per pixel, 0 for none. A change clears it. */
export interface SamplesExtension {
  setSamples(samples: number): void;
}

export interface LoseContextExtension {
  loseContext(): void;
  restoreContext(): void;
}

/** getSupportedExtensions and getExtension. An extension is offered only when the driver really has it. */
export abstract class Extensions extends Parameters {
  readonly #objects = new Map<string, Members>();
  #nativeNames: Set<string> | undefined;

  /** Members of the extensions that are about the context itself. */
  protected abstract ownMembers(name: string): Members;

  protected resetExtensions(): void {
    this.#objects.clear();
    this.#nativeNames = undefined;
    this.compressedFormats.clear();
    this.extensionShapes.clear();
  }

  getSupportedExtensions(): string[] | null {
    if (active !== this && !this.enter()) return null;
    return Object.entries(EXTENSIONS)
      .filter(([, entry]) => this.#isOffered(entry))
      .map(([name]) => name);
  }

  getExtension(name: "STACKGL_resize_drawingbuffer"): ResizeExtension | null;
  getExtension(name: "STACKGL_destroy_context"): DestroyExtension | null;
  getExtension(name: "SCENECAST_drawingbuffer"): SamplesExtension | null;
  getExtension(name: "WEBGL_lose_context"): LoseContextExtension | null;
  // biome-ignore lint/suspicious/noExplicitAny: the DOM's signature, for which this has to pass
  getExtension(name: string): any;
  getExtension(name: string): unknown {
    const lower = String(name).toLowerCase();
    const found = Object.entries(EXTENSIONS).find(([candidate]) => candidate.toLowerCase() === lower);
    if (!found) return null;
    const [canonical, entry] = found;
    const known = this.#objects.get(canonical);
    if (known) return known;
    // Extensions that need no driver stay to be had when the context is lost: one of them brings it back.
    if (entry.needs && active !== this && !this.enter()) return null;
    if (!this.#isOffered(entry)) return null;
    this.#switchOn(entry);
    const members: Members = Object.assign(
      {},
      entry.constants,
      this.#functions(canonical),
      this.ownMembers(canonical),
    );
    this.#objects.set(canonical, members);
    return members;
  }

  /** Names of what the driver has, switched on or not. */
  #native(): Set<string> {
    if (this.#nativeNames) return this.#nativeNames;
    const listed = this.nativeString(GL_EXTENSIONS).split(" ");
    const requestable = this.driver.followsWebGl
      ? this.nativeString(GL_REQUESTABLE_EXTENSIONS_ANGLE).split(" ")
      : ["OpenGL ES 3"];
    // Asking a driver that does not know the name is an error; it is not the program's.
    this.gl.glGetError();
    this.#nativeNames = new Set([...listed, ...requestable].filter((name) => name !== ""));
    return this.#nativeNames;
  }

  #isOffered(entry: ExtensionEntry): boolean {
    return (entry.needs ?? []).every((group) => group.some((name) => this.#native().has(name)));
  }

  #switchOn(entry: ExtensionEntry): void {
    for (const name of [...(entry.needs ?? []).flat(), ...(entry.wants ?? [])]) {
      if (this.#native().has(name)) this.requestNativeExtension(name);
    }
    for (const [parameter, shape] of entry.parameters ?? []) this.declareParameter(parameter, shape);
    for (const format of entry.formats ?? []) this.compressedFormats.add(format);
  }

  /** Calls a native function with the context current; `-1` and errors are the caller's. */
  #forward(name: ExtensionFunctionName) {
    const native = this.extensionFunctions[name];
    return (...args: (number | boolean)[]): void => {
      if (active !== this && !this.enter()) return;
      native?.(...args.map(Number));
    };
  }

  #functions(name: string): Members {
    switch (name) {
      case "EXT_clip_control":
        return { clipControlEXT: this.#forward("glClipControlEXT") };
      case "EXT_polygon_offset_clamp":
        return { polygonOffsetClampEXT: this.#forward("glPolygonOffsetClampEXT") };
      case "WEBGL_polygon_mode":
        return { polygonModeWEBGL: this.#forward("glPolygonModeANGLE") };
      case "WEBGL_provoking_vertex":
        return { provokingVertexWEBGL: this.#forward("glProvokingVertexANGLE") };
      case "OES_draw_buffers_indexed":
        return {
          enableiOES: this.#forward("glEnableiOES"),
          disableiOES: this.#forward("glDisableiOES"),
          blendEquationiOES: this.#forward("glBlendEquationiOES"),
          blendEquationSeparateiOES: this.#forward("glBlendEquationSeparateiOES"),
          blendFunciOES: this.#forward("glBlendFunciOES"),
          blendFuncSeparateiOES: this.#forward("glBlendFuncSeparateiOES"),
          colorMaskiOES: this.#forward("glColorMaskiOES"),
        };
      case "EXT_disjoint_timer_query_webgl2":
        return { queryCounterEXT: (query: WebGLQuery, target: number) => this.#queryCounter(query, target) };
      case "WEBGL_compressed_texture_astc":
        return { getSupportedProfiles: () => this.#astcProfiles() };
      case "WEBGL_debug_shaders":
        return { getTranslatedShaderSource: (shader: WebGLShader) => this.#translatedSource(shader) };
      case "WEBGL_multi_draw":
        return this.#multiDraw();
      default:
        return {};
    }
  }

  #queryCounter(query: WebGLQuery, target: number): void {
    if (active !== this && !this.enter()) return;
    const name = this.requiredNameOf(query, WebGLQuery);
    if (name < 0) return;
    if (target !== TIMESTAMP_EXT) {
      this.raise(GL.INVALID_ENUM);
      return;
    }
    if (query.target && query.target !== target) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    query.target = target;
    this.extensionFunctions.glQueryCounterEXT?.(name, target);
  }

  #astcProfiles(): string[] {
    return this.nativeExtensions.has("GL_KHR_texture_compression_astc_hdr") ? ["ldr", "hdr"] : ["ldr"];
  }

  #translatedSource(shader: WebGLShader): string | null {
    if (active !== this && !this.enter()) return null;
    const name = this.requiredNameOf(shader, WebGLShader);
    if (name < 0) return null;
    const memory = bytes.subarray(64);
    ints[0] = 0;
    this.extensionFunctions.glGetTranslatedShaderSourceANGLE?.(name, memory.length, ints, memory);
    return textOf(memory, ints[0] ?? 0);
  }

  /** Part of a list as native memory; null (and an error) when it is too short. */
  #list(list: ArrayLike<number>, offset: number, count: number): Int32Array | null {
    if (count < 0 || offset < 0) {
      this.raise(GL.INVALID_VALUE);
      return null;
    }
    if (offset + count > list.length) {
      this.raise(GL.INVALID_OPERATION);
      return null;
    }
    const values = new Int32Array(new ArrayBuffer(Math.max(4, count * 4)));
    for (let index = 0; index < count; index++) values[index] = list[offset + index] ?? 0;
    return values;
  }

  #offsets(list: ArrayLike<number>, offset: number, count: number): BigInt64Array | null {
    const values = this.#list(list, offset, count);
    if (!values) return null;
    const offsets = new BigInt64Array(new ArrayBuffer(Math.max(8, count * 8)));
    for (let index = 0; index < count; index++) {
      const value = values[index] ?? 0;
      if (value < 0) {
        this.raise(GL.INVALID_VALUE);
        return null;
      }
      offsets[index] = BigInt(value);
    }
    return offsets;
  }

  /** Only ANGLE has these, whose contexts check the ranges. */
  #multiDraw(): Members {
    const native = this.extensionFunctions;
    type List = ArrayLike<number>;
    return {
      multiDrawArraysWEBGL: (
        mode: number,
        firsts: List,
        firstsAt: number,
        counts: List,
        countsAt: number,
        n: number,
      ) => {
        if (active !== this && !this.enter()) return;
        const first = this.#list(firsts, firstsAt, n);
        const count = first && this.#list(counts, countsAt, n);
        if (count) native.glMultiDrawArraysANGLE?.(mode, first, count, n);
      },
      multiDrawElementsWEBGL: (
        mode: number,
        counts: List,
        countsAt: number,
        type: number,
        offsets: List,
        offsetsAt: number,
        n: number,
      ) => {
        if (active !== this && !this.enter()) return;
        const count = this.#list(counts, countsAt, n);
        const offset = count && this.#offsets(offsets, offsetsAt, n);
        if (offset) native.glMultiDrawElementsANGLE?.(mode, count, type, offset, n);
      },
      multiDrawArraysInstancedWEBGL: (
        mode: number,
        firsts: List,
        firstsAt: number,
        counts: List,
        countsAt: number,
        instances: List,
        instancesAt: number,
        n: number,
      ) => {
        if (active !== this && !this.enter()) return;
        const first = this.#list(firsts, firstsAt, n);
        const count = first && this.#list(counts, countsAt, n);
        const instance = count && this.#list(instances, instancesAt, n);
        if (instance) native.glMultiDrawArraysInstancedANGLE?.(mode, first, count, instance, n);
      },
      multiDrawElementsInstancedWEBGL: (
        mode: number,
        counts: List,
        countsAt: number,
        type: number,
        offsets: List,
        offsetsAt: number,
        instances: List,
        instancesAt: number,
        n: number,
      ) => {
        if (active !== this && !this.enter()) return;
        const count = this.#list(counts, countsAt, n);
        const offset = count && this.#offsets(offsets, offsetsAt, n);
        const instance = offset && this.#list(instances, instancesAt, n);
        if (instance) native.glMultiDrawElementsInstancedANGLE?.(mode, count, type, offset, instance, n);
      },
    };
  }

  protected indexedExtensionParameter(target: number, index: number): unknown {
    if (this.nativeExtensions.has("GL_OES_draw_buffers_indexed")) {
      switch (target) {
        case GL.BLEND_EQUATION_RGB:
        case GL.BLEND_EQUATION_ALPHA:
        case GL.BLEND_SRC_RGB:
        case GL.BLEND_SRC_ALPHA:
        case GL.BLEND_DST_RGB:
        case GL.BLEND_DST_ALPHA:
          this.gl.glGetIntegeri_v(target, index, ints);
          return ints[0];
        case GL.COLOR_WRITEMASK:
          this.gl.glGetIntegeri_v(target, index, ints);
          return Array.from(ints.subarray(0, 4), (value) => value !== 0);
      }
    }
    this.raise(GL.INVALID_ENUM);
    return null;
  }
}

const GL_EXTENSIONS = 0x1f03;
