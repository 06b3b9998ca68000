import type { NativeGl } from "./bindings.generated.ts";
import * as GL from "./constants.generated.ts";
import type { ContextState } from "./context-state.ts";
import type { Driver, ExtensionFunctions, NativeContext } from "./driver.ts";
import type { WebGLObject } from "./objects.ts";
import { cString, ints } from "./scratch.ts";

export type { ContextState } from "./context-state.ts";

/** The context that is current on this thread. Every thread has its own copy of this module. */
let current: ContextCore | null = null;

type Kind<T> = abstract new (...args: never[]) => T;
/** glGenX and glDeleteX. */
type GenerateOrDelete = (count: number, names: Int32Array) => void;

/**
 * The part of a context's state that every module uses: the driver's functions, the error flags, the current context,
 * and the checks of object arguments.
 */
export class ContextCore {
  readonly driver: Driver;
  readonly gl: NativeGl;
  readonly extensionFunctions: ExtensionFunctions;
  /** Token that marks this context's objects; see WebGLObject. */
  owner: object = {};
  /** Native extensions (with GL_ prefix) that were enabled through getExtension. */
  readonly enabledExtensions = new Set<string>();
  readonly #errors: number[] = [];
  #native: NativeContext | null;

  constructor(driver: Driver) {
    this.driver = driver;
    this.gl = driver.gl;
    this.extensionFunctions = driver.extensionFunctions;
    this.#native = driver.createContext();
  }

  /** Makes the context current. False if it is lost or destroyed: the calling method then returns without effect. */
  makeCurrent(): boolean {
    return current === this || this.#switchTo();
  }

  #switchTo(): boolean {
    if (!this.#native || !this.driver.makeCurrent(this.#native)) return false;
    current = this;
    return true;
  }

  get isLost(): boolean {
    return this.#native === null;
  }

  /** Records an error for getError; each code is kept once, as in GL. Returns false, the result of a failed check. */
  raise(error: number): false {
    if (!this.#errors.includes(error)) this.#errors.push(error);
    return false;
  }

  /** Records an error if a condition holds. Returns the condition. */
  raiseIf(condition: boolean, error: number): boolean {
    if (condition) this.raise(error);
    return condition;
  }

  /** Records an error and returns null, for methods that return null in case of an error. */
  refuse(error: number): null {
    this.raise(error);
    return null;
  }

  /** Removes and returns the oldest error; NO_ERROR without one. */
  popError(): number {
    const error = this.#errors.shift();
    if (error !== undefined) return error;
    return this.makeCurrent() ? this.gl.glGetError() : GL.NO_ERROR;
  }

  /** Runs a native call that can fail. False, with the error recorded, if it failed. */
  attempt(call: () => void): boolean {
    this.recordNativeError();
    call();
    return !this.recordNativeError();
  }

  /** Moves the driver's error to this context's error flags. Returns whether there was one. */
  recordNativeError(): boolean {
    const error = this.gl.glGetError();
    if (error) this.raise(error);
    return error !== 0;
  }

  /** Destroys the native context with all its objects. The context is lost from then on. */
  destroyNative(): void {
    if (!this.#native) return;
    this.driver.destroyContext(this.#native);
    this.#native = null;
    this.#errors.length = 0;
    // destroyContext left the thread without a current context.
    current = null;
    this.owner = {};
  }

  recreateNative(): void {
    this.#native = this.driver.createContext();
    this.#errors.length = 0;
    this.enabledExtensions.clear();
  }

  /**
   * Makes the context current and returns the native name of an object: 0 for null; -1 if the context is lost, or, with
   * the error recorded, if the object is deleted or of another context.
   */
  nameOf<T extends WebGLObject>(object: T | null | undefined, kind: Kind<T>): number {
    if (!this.makeCurrent()) return -1;
    if (object === null || object === undefined) return 0;
    if (!(object instanceof kind)) throw wrongType(kind, object);
    if (object.owner !== this.owner || object.deleted) {
      this.raise(GL.INVALID_OPERATION);
      return -1;
    }
    return object.name;
  }

  /** As nameOf, for non-nullable parameters: null and undefined throw a TypeError, as WebIDL specifies. */
  requiredNameOf<T extends WebGLObject>(object: T, kind: Kind<T>): number {
    if (!(object instanceof kind) && this.makeCurrent()) throw wrongType(kind, object);
    return this.nameOf(object, kind);
  }

  /** Marks an object as deleted. False if there is nothing to delete. */
  markDeleted<T extends WebGLObject>(object: T | null | undefined, kind: Kind<T>): object is T {
    if (object === null || object === undefined) return false;
    if (!(object instanceof kind)) throw wrongType(kind, object);
    if (object.owner !== this.owner) return this.raise(GL.INVALID_OPERATION);
    if (object.deleted) return false;
    object.deleted = true;
    return true;
  }

  /** Whether an object belongs to this context and is not deleted. False for all objects of a lost context. */
  owns<T extends WebGLObject>(object: T | null | undefined, kind: Kind<T>): object is T {
    if (object === null || object === undefined) return false;
    if (!(object instanceof kind)) throw wrongType(kind, object);
    return object.owner === this.owner && !object.deleted;
  }

  /** Creates an object with a new native name from a glGenX function. `objects`: where to find it by that name. */
  createObject<T extends WebGLObject>(
    kind: new (name: number, owner: object) => T,
    generate: GenerateOrDelete,
    objects?: Map<number, T>,
  ): T {
    if (!this.makeCurrent()) return new kind(0, {});
    const object = new kind(this.generateName(generate), this.owner);
    objects?.set(object.name, object);
    return object;
  }

  /** Deletes an object through a glDeleteX function. False if there is nothing to delete. */
  deleteObject<T extends WebGLObject>(
    object: T | null | undefined,
    kind: Kind<T>,
    remove: GenerateOrDelete,
    objects?: Map<number, T>,
  ): object is T {
    if (!this.makeCurrent() || !this.markDeleted(object, kind)) return false;
    this.deleteName(remove, object.name);
    objects?.delete(object.name);
    return true;
  }

  generateName(generate: GenerateOrDelete): number {
    generate(1, ints);
    return ints[0] ?? 0;
  }

  deleteName(remove: GenerateOrDelete, name: number): void {
    ints[0] = name;
    remove(1, ints);
  }

  getInteger(parameter: number): number {
    this.gl.glGetIntegerv(parameter, ints);
    return ints[0] ?? 0;
  }

  /** Enables a native extension: ANGLE's WebGL contexts start with most of them disabled. */
  enableExtension(name: string): void {
    this.enabledExtensions.add(name);
    // glRequestExtensionANGLE is not called on Mesa: libglvnd has an entry for every function name, without effect.
    if (!this.driver.enforcesWebGl) return;
    this.recordNativeError();
    this.extensionFunctions.glRequestExtensionANGLE?.(cString(name));
    // ANGLE raises an error for an extension that is always enabled, which the application must not see.
    this.gl.glGetError();
  }
}

/** Base of the modules of methods. WebGL2RenderingContext has the methods of all modules on its prototype. */
export abstract class ContextMethods {
  protected abstract readonly state: ContextState;
}

function wrongType(kind: Kind<unknown>, value: unknown): TypeError {
  const actual = typeof value === "object" && value !== null ? value.constructor?.name : typeof value;
  return new TypeError(`The argument must be a ${kind.name}, not ${actual ?? "an object"}.`);
}

/** A typed array or a sequence of numbers, like Float32List in WebGL's IDL. */
export type NumberList<View> = View | readonly number[];
