import type { NativeGl } from "./bindings.generated.ts";
import * as GL from "./constants.generated.ts";
import type { Driver, NativeContext } from "./drivers.ts";
import type { ExtensionFunctions } from "./extension-bindings.ts";
import type { WebGLObject } from "./objects.ts";
import { cString, ints } from "./scratch.ts";

/** The context whose native one is current on this thread. Each thread has its own copy of this module. */
export let active: ContextCore | null = null;

type Kind<T> = abstract new (...args: never[]) => T;

/**
 * What all topics of a context share: the driver, the error flags, whose turn it is, and the checks of object
 * arguments. Every public method starts with `if (active !== this && !this.enter()) return …`, so that one
 * comparison stands for both "is current" and "is not lost".
 */
export abstract class ContextCore {
  protected readonly driver: Driver;
  protected readonly gl: NativeGl;
  protected readonly extensionFunctions: ExtensionFunctions;
  /** Token that marks this context's objects; see WebGLObject. */
  protected owner: object = {};
  /** Native extensions (with GL_ prefix) that the context has switched on. */
  protected readonly nativeExtensions = new Set<string>();
  readonly #errors: number[] = [];
  #native: NativeContext | null;
  #lost = false;

  protected constructor(driver: Driver) {
    this.driver = driver;
    this.gl = driver.gl;
    this.extensionFunctions = driver.extensionFunctions;
    this.#native = driver.createContext();
  }

  /** Makes the context current. False when it is lost or destroyed: the caller does nothing then. */
  protected enter(): boolean {
    if (this.#lost || !this.#native) return false;
    if (!this.driver.makeCurrent(this.#native)) return false;
    active = this;
    return true;
  }

  /** Records an error for getError. Each code is kept once, as GL does. */
  protected raise(error: number): void {
    if (!this.#errors.includes(error)) this.#errors.push(error);
  }

  getError(): number {
    const error = this.#errors.shift();
    if (error !== undefined) return error;
    if (active !== this && !this.enter()) return GL.NO_ERROR;
    return this.gl.glGetError();
  }

  isContextLost(): boolean {
    return this.#lost;
  }

  /** Frees the native context with everything in it. The context answers as lost from then on. */
  protected loseNative(): void {
    const native = this.#native;
    if (!native) return;
    this.#lost = true;
    this.#native = null;
    this.#errors.length = 0;
    this.driver.destroyContext(native);
    // destroyContext left the thread without a context, so whoever is next has to enter again.
    active = null;
    this.owner = {};
  }

  protected renewNative(): void {
    this.#native = this.driver.createContext();
    this.#lost = false;
    this.#errors.length = 0;
    this.nativeExtensions.clear();
  }

  /** Native name of an argument: 0 for null, -1 when it is foreign or deleted (the error is raised). */
  protected nameOf<T extends WebGLObject>(object: T | null | undefined, kind: Kind<T>): number {
    if (object === null || object === undefined) return 0;
    if (!(object instanceof kind)) throw wrongType(kind, object);
    if (object.owner !== this.owner || object.deleted) {
      this.raise(GL.INVALID_OPERATION);
      return -1;
    }
    return object.name;
  }

  /** As nameOf, for parameters that may not be null. Null and undefined throw TypeError, as WebIDL has it. */
  protected requiredNameOf<T extends WebGLObject>(object: T, kind: Kind<T>): number {
    if (!(object instanceof kind)) throw wrongType(kind, object);
    return this.nameOf(object, kind);
  }

  /** Whether a delete call has something to do. Marks the object. */
  protected takeForDelete<T extends WebGLObject>(object: T | null | undefined, kind: Kind<T>): object is T {
    if (object === null || object === undefined) return false;
    if (!(object instanceof kind)) throw wrongType(kind, object);
    if (object.owner !== this.owner) {
      if (!this.#lost) this.raise(GL.INVALID_OPERATION);
      return false;
    }
    if (object.deleted) return false;
    object.deleted = true;
    return true;
  }

  /** Whether isX may ask the driver about the object. */
  protected isOwn<T extends WebGLObject>(object: T | null | undefined, kind: Kind<T>): object is T {
    if (object === null || object === undefined) return false;
    if (!(object instanceof kind)) throw wrongType(kind, object);
    return object.owner === this.owner && !object.deleted;
  }

  /** One new native name from a glGenX function. */
  protected generated(generate: (count: number, names: Int32Array) => void): number {
    generate(1, ints);
    return ints[0] ?? 0;
  }

  /** Deletes one native name through a glDeleteX function. */
  protected released(release: (count: number, names: Int32Array) => void, name: number): void {
    ints[0] = name;
    release(1, ints);
  }

  /** One integer of native state. */
  protected integer(parameter: number): number {
    this.gl.glGetIntegerv(parameter, ints);
    return ints[0] ?? 0;
  }

  /** Switches a native extension on. ANGLE's WebGL contexts start with most of them off. */
  protected requestNativeExtension(name: string): void {
    this.nativeExtensions.add(name);
    // Not by whether the function is there: libglvnd has an entry for every name, which does nothing on Mesa.
    if (!this.driver.followsWebGl) return;
    const before = this.gl.glGetError();
    if (before) this.raise(before);
    this.extensionFunctions.glRequestExtensionANGLE?.(cString(name));
    // Asking for one that is always on is an error, which is not the program's.
    this.gl.glGetError();
  }
}

function wrongType(kind: Kind<unknown>, value: unknown): TypeError {
  const given = typeof value === "object" && value !== null ? value.constructor?.name : typeof value;
  return new TypeError(`The argument must be a ${kind.name}, not ${given ?? "an object"}.`);
}

/** Sequences and typed arrays of WebGL's Float32List and friends. */
export type NumberList<View> = View | readonly number[];

/** The memory of `view` from element `offset` on; `view` itself when that is all of it. */
export function tail<View extends { subarray(begin: number): View }>(view: View, offset: number): View {
  return offset ? view.subarray(offset) : view;
}
