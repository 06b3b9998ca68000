/** Holder of a queue's lock: the index of a side, or "foreign" for a program that only writes FURY's 1 into the word. */
export type Holder = "none" | "foreign" | number;

/** Reference model of FURY's circular queue, with plain arrays. */
export class QueueModel {
  readonly maxSize: number;
  /** Number of the row at each index; null for a row that was never written, which is all 0. */
  readonly ring: (number | null)[];
  /** Indices of the rows that contain NaN or Infinity. */
  readonly nonFinite = new Set<number>();
  head = -1;
  tail = -1;
  holder: Holder = "none";
  /** Number of non-finite rows that were discarded. */
  refused = 0;

  constructor(maxSize: number) {
    this.maxSize = maxSize;
    this.ring = Array.from({ length: maxSize }, () => null);
  }

  /** Indices of the rows in the queue, oldest first; empty if head or tail is out of range. */
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

  enqueue(row: number): "queued" | "full" {
    const { places, maxSize } = this;
    if (places.length === maxSize) return "full";
    const place = ((places.at(-1) ?? -1) + 1) % maxSize;
    this.#fill(place, row);
    if (places.length === 0) this.head = place;
    this.tail = place;
    return "queued";
  }

  /** Appends as many rows as fit, but leaves one free. In an empty queue the first is written at index `after` + 1. */
  offer(rows: readonly number[], after: number): number {
    const { places, maxSize } = this;
    const room = Math.max(places.length === 0 ? 1 : 0, maxSize - 1 - places.length);
    const first = ((places.at(-1) ?? after) + 1) % maxSize;
    const batch = rows.slice(0, room);
    if (batch.length === 0) return 0;
    for (const [index, row] of batch.entries()) this.#fill((first + index) % maxSize, row);
    if (places.length === 0) this.head = first;
    this.tail = (first + batch.length - 1) % maxSize;
    return batch.length;
  }

  /** Number of the oldest finite row, null for one of zeros; undefined if the queue is empty. */
  dequeue(): number | null | undefined {
    for (const place of this.places) {
      if (place === this.tail) this.head = this.tail = -1;
      else this.head = (place + 1) % this.maxSize;
      if (!this.nonFinite.has(place)) return this.ring[place];
      this.refused++;
    }
    return undefined;
  }

  #fill(place: number, row: number): void {
    this.ring[place] = row;
    this.nonFinite.delete(place);
  }
}
