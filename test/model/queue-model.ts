/** Who holds the lock of a queue; "stranger" is a program that only writes FURY's 1 into the word. */
export type Holder = "none" | "stranger" | number;

/** What a circular queue of FURY's must do, said with plain arrays: the reference that queues are held against. */
export class QueueModel {
  readonly maxSize: number;
  /** What lies in each place of the ring; null where nothing was ever put: a row of zeros. */
  readonly ring: (number | null)[];
  /** The places whose row was made unreadable. */
  readonly spoilt = new Set<number>();
  head = -1;
  tail = -1;
  holder: Holder = "none";
  /** Unreadable rows that were taken off, by all. */
  refused = 0;

  constructor(maxSize: number) {
    this.maxSize = maxSize;
    this.ring = Array.from({ length: maxSize }, () => null);
  }

  /** The places in use, oldest first; none where head and tail make no sense. */
  get places(): number[] {
    const { head, tail, maxSize } = this;
    const valid = [head, tail].every((place) => place >= 0 && place < maxSize);
    if (!valid) return [];
    const count = ((tail - head + maxSize) % maxSize) + 1;
    return Array.from({ length: count }, (_, index) => (head + index) % maxSize);
  }

  get isEmpty(): boolean {
    return this.places.length === 0;
  }

  put(row: number): "queued" | "full" {
    const { places, maxSize } = this;
    if (places.length === maxSize) return "full";
    const place = ((places.at(-1) ?? -1) + 1) % maxSize;
    this.#fill(place, row);
    if (places.length === 0) this.head = place;
    this.tail = place;
    return "queued";
  }

  putAll(rows: readonly number[]): number {
    const count = this.isEmpty ? Math.min(rows.length, this.maxSize) : 0;
    if (count === 0) return 0;
    for (const [place, row] of rows.slice(0, count).entries()) this.#fill(place, row);
    this.head = 0;
    this.tail = count - 1;
    return count;
  }

  /** The oldest readable row: its number, null for one of zeros; undefined when there is none. */
  take(): number | null | undefined {
    for (const place of this.places) {
      if (place === this.tail) this.head = this.tail = -1;
      else this.head = (place + 1) % this.maxSize;
      if (!this.spoilt.has(place)) return this.ring[place];
      this.refused++;
    }
    return undefined;
  }

  #fill(place: number, row: number): void {
    this.ring[place] = row;
    this.spoilt.delete(place);
  }
}
