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

  /** As many as leave one place free: the one that was used last, for which `after` stands where the queue is empty. */
  feed(rows: readonly number[], after: number): number {
    const { places, maxSize } = this;
    const room = Math.max(places.length === 0 ? 1 : 0, maxSize - 1 - places.length);
    const first = ((places.at(-1) ?? after) + 1) % maxSize;
    const taken = rows.slice(0, room);
    if (taken.length === 0) return 0;
    for (const [index, row] of taken.entries()) this.#fill((first + index) % maxSize, row);
    if (places.length === 0) this.head = first;
    this.tail = (first + taken.length - 1) % maxSize;
    return taken.length;
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
