/**
 * A seqlock: a 32-bit word that is odd while the data beside it is written, and larger by 2 after each write. A reader that
 * finds the same even number before and after has read consistent data.
 */
export class SequenceWord {
  readonly #word: Uint32Array<ArrayBufferLike>;

  /** `byteOffset` is that of the word in `buffer`. */
  constructor(buffer: ArrayBufferLike, byteOffset: number) {
    this.#word = new Uint32Array(buffer, byteOffset, 1);
  }

  /** The word before the data is read. */
  get value(): number {
    return Atomics.load(this.#word, 0);
  }

  /**
   * The word after the data was read. A read-modify-write that changes nothing: unlike a load, it keeps earlier reads before
   * it on every processor.
   */
  get valueAfter(): number {
    return Atomics.or(this.#word, 0, 0);
  }

  /** Makes the word odd. May be called again before {@link end}. */
  begin(): void {
    if (this.value % 2 === 0) Atomics.add(this.#word, 0, 1);
  }

  /** Makes the word even; never 0, which means that nothing was written yet. */
  end(): void {
    Atomics.add(this.#word, 0, 1);
    if (this.value === 0) Atomics.store(this.#word, 0, 2);
  }
}
