import { existsSync } from "node:fs";
import { SharedMemory } from "../../src/native/shared-memory.ts";

/** The segments of this list that are still in /dev/shm. */
export function leftOver(names: readonly string[]): string[] {
  return names.filter((name) => existsSync(`/dev/shm/${name}`));
}

/** The bytes of a segment, as another process sees them. */
export function bytesOf(name: string): DataView {
  using segment = SharedMemory.attach(name);
  return new DataView(segment.buffer.slice(0));
}

/** A float64 view of a segment that stays attached until it is disposed of. */
export function attachFloats(name: string): { values: Float64Array } & Disposable {
  const segment = SharedMemory.attach(name);
  return { values: new Float64Array(segment.buffer), [Symbol.dispose]: () => segment.close() };
}

/** Pixels whose values depend on their position and on `seed`. */
export function pixels(bytes: number, seed: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, (_, index) => (index * 7 + seed * 61) & 0xff);
}
