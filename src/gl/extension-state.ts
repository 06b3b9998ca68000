import type { ParameterShape } from "./parameters.ts";

/** The enabled extensions, and the formats and parameters that they added to the context. */
export class ExtensionState {
  /** Objects that getExtension returned, by name. */
  readonly objects = new Map<string, Record<string, unknown>>();
  /** Compressed texture formats. */
  readonly compressedFormats = new Set<number>();
  /** Parameters of getParameter. */
  readonly parameters = new Map<number, ParameterShape>();
  /** Names of the native extensions that the driver offers; undefined until they are needed. */
  nativeNames: Set<string> | undefined;
}
