import { ContextMethods, type ContextState } from "./context-core.ts";
import { nativeString } from "./driver.ts";
import { extensionFunctions } from "./extension-functions.ts";
import { EXTENSIONS, type ExtensionEntry } from "./extension-table.ts";

const GL_EXTENSIONS = 0x1f03;
const GL_REQUESTABLE_EXTENSIONS_ANGLE = 0x93a8;

/** STACKGL_resize_drawingbuffer, as in headless-gl: resizes the drawing buffer (pixels) and clears it. */
export interface ResizeExtension {
  resize(width: number, height: number): void;
}

/** STACKGL_destroy_context, as in headless-gl: frees the context, which is then lost. Repeated calls have no effect. */
export interface DestroyExtension {
  destroy(): void;
}

/** SCENECAST_drawingbuffer */
export interface SamplesExtension {
  /** Sets the samples per pixel (0: no multisampling). A change clears the drawing buffer. */
  setSamples(samples: number): void;
  /** Reads the depth of a pixel of the drawing buffer, 0 (near) to 1 (far); 1 outside. Rows are bottom-up. */
  readDepth(x: number, y: number): number;
}

export interface LoseContextExtension {
  loseContext(): void;
  restoreContext(): void;
}

/** getSupportedExtensions and getExtension. An extension is offered only when the driver supports it. */
export abstract class ExtensionMethods extends ContextMethods {
  getSupportedExtensions(): string[] | null {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    return Object.entries(EXTENSIONS)
      .filter(([, entry]) => isOffered(state, entry))
      .map(([name]) => name);
  }

  getExtension(name: "STACKGL_resize_drawingbuffer"): ResizeExtension | null;
  getExtension(name: "STACKGL_destroy_context"): DestroyExtension | null;
  getExtension(name: "SCENECAST_drawingbuffer"): SamplesExtension | null;
  getExtension(name: "WEBGL_lose_context"): LoseContextExtension | null;
  // biome-ignore lint/suspicious/noExplicitAny: the DOM's signature, to which this must be assignable
  getExtension(name: string): any;
  getExtension(name: string): unknown {
    const { state } = this;
    const lower = String(name).toLowerCase();
    const entryWithName = Object.entries(EXTENSIONS).find(([candidate]) => candidate.toLowerCase() === lower);
    if (!entryWithName) return null;
    const [canonical, entry] = entryWithName;
    const existing = state.extensions.objects.get(canonical);
    if (existing) return existing;
    // Extensions without native requirements remain available while the context is lost: one of them restores it.
    if (entry.requires && !state.makeCurrent()) return null;
    if (!isOffered(state, entry)) return null;
    enableExtension(state, entry);
    const members: Record<string, unknown> = Object.assign(
      {},
      entry.constants,
      entry.formats,
      extensionFunctions(state, canonical),
    );
    state.extensions.objects.set(canonical, members);
    return members;
  }
}

/** Names of the native extensions that the driver offers, enabled or not. */
function nativeExtensionNames(state: ContextState): Set<string> {
  if (state.extensions.nativeNames) return state.extensions.nativeNames;
  const listed = nativeString(state.gl, GL_EXTENSIONS).split(" ");
  const requestable = state.driver.enforcesWebGl
    ? nativeString(state.gl, GL_REQUESTABLE_EXTENSIONS_ANGLE).split(" ")
    : ["OpenGL ES 3"];
  // A driver without this name raises an error, which the application must not see.
  state.gl.glGetError();
  state.extensions.nativeNames = new Set([...listed, ...requestable].filter((name) => name !== ""));
  return state.extensions.nativeNames;
}

function isOffered(state: ContextState, entry: ExtensionEntry): boolean {
  return (entry.requires ?? []).every((group) => group.some((name) => nativeExtensionNames(state).has(name)));
}

function enableExtension(state: ContextState, entry: ExtensionEntry): void {
  for (const name of [...(entry.requires ?? []).flat(), ...(entry.optional ?? [])]) {
    if (nativeExtensionNames(state).has(name)) state.enableExtension(name);
  }
  for (const [name, shape] of Object.entries(entry.parameters ?? {}))
    state.extensions.parameters.set(entry.constants?.[name] ?? 0, shape);
  for (const format of Object.values(entry.formats ?? {})) state.extensions.compressedFormats.add(format);
}
