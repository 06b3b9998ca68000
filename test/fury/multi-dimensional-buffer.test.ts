import { describe, expect, test } from "bun:test";
import { MemoryLayoutError } from "../../src/memory/memory-segment.ts";
import { KINDS, openRows, segmentOf } from "../memory/kinds.ts";

describe.each(KINDS)("%s rows", (_, kind) => {
  test("set changes one row and no others", () => {
    using rows = kind.rows({ maxSize: 3, dimension: 4 });
    rows.buffer = Float64Array.from({ length: 16 }, (_, index) => index);
    rows.set(1, [0.2, 0.3, 0.4, 0.5]);
    expect([0, 1, 2, 3].map((index) => [...rows.get(index)])).toEqual([
      [0, 1, 2, 3],
      [0.2, 0.3, 0.4, 0.5],
      [8, 9, 10, 11],
      [12, 13, 14, 15],
    ]);
  });

  test("get returns a copy of the row", () => {
    using rows = kind.rows({ maxSize: 1, dimension: 2 });
    rows.set(0, [1, 2]);
    const got = rows.get(0);
    rows.set(0, [3, 4]);
    expect([...got]).toEqual([1, 2]);
    got[0] = 9;
    expect([...rows.get(0)]).toEqual([3, 4]);
  });

  test("getStartEnd counts values from the first row, as FURY does", () => {
    using rows = kind.rows({ maxSize: 3, dimension: 4 });
    expect([0, 1, 3].map((index) => rows.getStartEnd(index))).toEqual([
      [0, 4],
      [4, 8],
      [12, 16],
    ]);
  });

  test("an attached buffer has the same shape and values, in both directions", () => {
    using rows = kind.rows({ maxSize: 3 });
    expect([rows.maxSize, rows.dimension]).toEqual([3, 8]);
    using segment = segmentOf(rows.key);
    using other = openRows(segment.key);
    expect([other.maxSize, other.dimension]).toEqual([3, 8]);
    other.set(1, [1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...rows.get(1)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    rows.set(3, [8, 7, 6, 5, 4, 3, 2, 1]);
    expect([...other.get(3)]).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test("the memory is max_size, dimension, then max_size + 1 rows, and nothing else", () => {
    using rows = kind.rows({ maxSize: 2, dimension: 3 });
    rows.set(0, [1, 2, 3]);
    rows.set(2, [7, 8, 9]);
    using segment = segmentOf(rows.key);
    expect([...new Float64Array(segment.buffer)]).toEqual([2, 3, 1, 2, 3, 0, 0, 0, 7, 8, 9]);
    expect([...new Float64Array(rows.buffer)]).toEqual([2, 3, 1, 2, 3, 0, 0, 0, 7, 8, 9]);
  });

  test("an index outside of the rows is refused with their range, and no row is written", () => {
    using rows = kind.rows({ maxSize: 2, dimension: 1 });
    for (const index of [3, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const message = `There is no row ${index}: the rows of this buffer are 0 to 2.`;
      expect(() => rows.get(index)).toThrow(RangeError);
      expect(() => rows.get(index)).toThrow(message);
      expect(() => rows.set(index, [5])).toThrow(message);
      expect(() => rows.getStartEnd(index)).toThrow(message);
    }
    expect([0, 1, 2].map((index) => rows.get(index)[0])).toEqual([0, 0, 0]);
  });

  test("a row, or all rows, of another length are refused, and nothing is written", () => {
    using rows = kind.rows({ maxSize: 1, dimension: 2 });
    expect(() => rows.set(0, [1, 2, 3])).toThrow("A row of this buffer has 2 values; this one has 3.");
    expect(() => rows.set(0, [1])).toThrow(RangeError);
    expect(() => {
      rows.buffer = new Float64Array(5).fill(1);
    }).toThrow("2 rows of 2 values are 4; 5 were given.");
    expect([...rows.get(0), ...rows.get(1)]).toEqual([0, 0, 0, 0]);
  });

  test("NaN and Infinity are stored unchanged in rows", () => {
    using rows = kind.rows({ maxSize: 1, dimension: 3 });
    rows.set(1, [Number.NaN, Number.POSITIVE_INFINITY, -0]);
    expect([...rows.get(1)]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, -0]);
  });

  test("invalid row shapes are refused with a message", () => {
    for (const [shape, message] of [
      [{ maxSize: 0 }, "maxSize must be a whole number from 1 on; it is 0."],
      [{ maxSize: Number.NaN }, "maxSize must be a whole number from 1 on; it is NaN."],
      [{ maxSize: 2, dimension: 2.5 }, "dimension must be a whole number from 1 on; it is 2.5."],
      [{ maxSize: 2 ** 30 }, "A queue of 1073741824 rows of 8 values is too large."],
    ] as const) {
      expect(() => kind.rows(shape)).toThrow(RangeError);
      expect(() => kind.rows(shape)).toThrow(message);
    }
  });

  test("createMemResource creates new memory of the same shape; attached buffers keep the old", () => {
    using rows = kind.rows({ maxSize: 2, dimension: 1 });
    rows.set(0, [7]);
    using segment = segmentOf(rows.key);
    using other = openRows(segment.key);
    rows.createMemResource();
    expect([rows.maxSize, rows.dimension, rows.get(0)[0]]).toEqual([2, 1, 0]);
    rows.set(0, [8]);
    expect(other.get(0)[0]).toBe(7);
    other.createMemResource();
    other.set(0, [9]);
    expect(rows.get(0)[0]).toBe(8);
  });

  test("loadMemResource attaches to the same memory again and reads its shape again", () => {
    using rows = kind.rows({ maxSize: 4, dimension: 2 });
    using segment = segmentOf(rows.key);
    using other = openRows(segment.key);
    new Float64Array(segment.buffer).set([1, 5]);
    for (const one of [rows, other]) {
      one.loadMemResource();
      expect([one.maxSize, one.dimension]).toEqual([1, 5]);
    }
    other.set(1, [1, 2, 3, 4, 5]);
    expect([...rows.get(1)]).toEqual([1, 2, 3, 4, 5]);
    other.close();
    other.loadMemResource();
    expect([...other.get(1)]).toEqual([1, 2, 3, 4, 5]);
  });

  test("loadMemResource of memory that no longer holds rows throws, and the memory in use stays", () => {
    using rows = kind.rows({ maxSize: 1, dimension: 1 });
    using segment = segmentOf(rows.key);
    using other = openRows(segment.key);
    new Float64Array(segment.buffer)[0] = Number.NaN;
    for (const one of [rows, other]) {
      expect(() => one.loadMemResource()).toThrow(MemoryLayoutError);
      one.set(1, [5]);
      expect(one.get(1)[0]).toBe(5);
    }
  });

  test("after cleanup rows are refused with a message, and new memory can be created", () => {
    const rows = kind.rows({ maxSize: 1, dimension: 1 });
    rows.close();
    rows.close();
    expect(rows.isCurrent()).toBeFalse();
    expect(() => rows.get(0)).toThrow("was closed");
    expect(() => rows.set(0, [1])).toThrow(MemoryLayoutError);
    rows.createMemResource();
    rows.set(0, [1]);
    expect(rows.get(0)[0]).toBe(1);
    rows.close();
  });

  test("memory with an invalid claimed shape is refused with a message", () => {
    for (const [maxSize, dimension, message] of [
      [20, 8, "has 160 bytes, but a queue of 20 rows of 8 values needs 1360"],
      [0, 8, "claims 0 rows of 8 values, which is not a queue"],
      [Number.NaN, 8, "claims NaN rows"],
      [1e300, 8, "claims 1e+300 rows"],
      [2 ** 53, 8, "which is not a queue"],
      [1.5, 8, "claims 1.5 rows"],
      [2, -8, "claims 2 rows of -8 values"],
    ] as const) {
      using segment = kind.segment(160);
      new Float64Array(segment.buffer, 0, 2).set([maxSize, dimension]);
      expect(() => openRows(segment.key)).toThrow(MemoryLayoutError);
      expect(() => openRows(segment.key)).toThrow(message);
    }
    using tiny = kind.segment(8);
    expect(() => openRows(tiny.key)).toThrow("has 8 bytes, but a queue needs 32");
  });
});
