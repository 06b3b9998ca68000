import { ptr } from "bun:ffi";

/** Argument for a pointer parameter of a native function: memory, or a number as address or byte offset. */
export type PointerArgument = NodeJS.TypedArray | DataView | ArrayBufferLike | number | null;

/**
 * Scratch memory for the results of native functions, one per thread: every caller reads the result before the next
 * call. It is an ArrayBuffer, because Bun moves the memory of small typed arrays.
 */
const memory = new ArrayBuffer(16384);

export const ints = new Int32Array(memory);
export const uints = new Uint32Array(memory);
export const floats = new Float32Array(memory);
export const longs = new BigInt64Array(memory);
export const bytes = new Uint8Array(memory);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Zeroed memory for a native function: Bun does not move it, and it has an address even when `length` is 0. */
export function nativeArray<View>(
  kind: { new (buffer: ArrayBuffer): View; readonly BYTES_PER_ELEMENT: number },
  length: number,
): View {
  return new kind(new ArrayBuffer(Math.max(1, length) * kind.BYTES_PER_ELEMENT));
}

/** `text` in UTF-8 with a terminating zero, in memory that Bun does not move. */
export function cString(text: string): Uint8Array {
  const encoded = encoder.encode(text);
  const terminated = nativeArray(Uint8Array, encoded.length + 1);
  terminated.set(encoded);
  return terminated;
}

/** An array of C strings, and their memory, which the caller must keep alive until the driver has read it. */
export function cStringArray(texts: readonly string[]): { pointers: BigUint64Array; memory: Uint8Array[] } {
  const memory = texts.map(cString);
  const pointers = nativeArray(BigUint64Array, texts.length);
  for (const [index, text] of memory.entries()) pointers[index] = BigInt(ptr(text));
  return { pointers, memory };
}

/** Decodes the first `length` bytes of `data`. */
export function decodeText(data: Uint8Array, length: number): string {
  return decoder.decode(data.subarray(0, length));
}

/** Bytes of `length` elements of `view` (0: all that follow) from element `offset` on; null if out of range. */
export function bytesOf(view: ArrayBufferView, offset: number, length: number): Uint8Array | null {
  const elementBytes = "BYTES_PER_ELEMENT" in view ? (view.BYTES_PER_ELEMENT as number) : 1;
  const elements = view.byteLength / elementBytes;
  if (offset < 0 || length < 0 || offset > elements) return null;
  const count = length || elements - offset;
  if (offset + count > elements) return null;
  return new Uint8Array(view.buffer, view.byteOffset + offset * elementBytes, count * elementBytes);
}
