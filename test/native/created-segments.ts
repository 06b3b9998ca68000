import { afterEach } from "bun:test";
import { SharedMemory } from "../../src/native/shared-memory.ts";

/** Creates segments, which are removed after each test of a file. */
export class CreatedSegments {
  readonly #segments: SharedMemory[] = [];

  constructor() {
    afterEach(() => {
      for (const memory of this.#segments.splice(0)) {
        memory.unlink();
        memory.close();
      }
    });
  }

  create(bytes: number): SharedMemory {
    return this.#add(SharedMemory.create(bytes));
  }

  attach(name: string, options?: { readOnly?: boolean }): SharedMemory {
    return this.#add(SharedMemory.attach(name, options));
  }

  #add(memory: SharedMemory): SharedMemory {
    this.#segments.push(memory);
    return memory;
  }
}
