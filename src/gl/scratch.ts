/**
 * Memory through which native functions answer. One for the thread: every use reads what it wrote before anything
 * else runs. An ArrayBuffer and not a small typed array, because Bun moves the latter's memory.
 */
const memory = new ArrayBuffer(16384);

export const ints = new Int32Array(memory);
export const uints = new Uint32Array(memory);
export const floats = new Float32Array(memory);
export const longs = new BigInt64Array(memory);
export const bytes = new Uint8Array(memory);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** `text` in UTF-8 with a terminating zero, in memory that does not move. */
export function cString(text: string): Uint8Array {
  const encoded = encoder.encode(text);
  const terminated = new Uint8Array(new ArrayBuffer(encoded.length + 1));
  terminated.set(encoded);
  return terminated;
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of `length` bytes at the start of `data`. */
export function textOf(data: Uint8Array, length: number): string {
  return decoder.decode(data.subarray(0, length));
}
