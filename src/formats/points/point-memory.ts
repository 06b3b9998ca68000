/** Bytes, as measured for PLY, including GL's copy. */
const MEMORY_PER_POINT = 48;
const MEMORY_PER_COLOR = 24;
const MEMORY_PER_VALUE = 8;

/** Memory that showing a point needs, bytes. @param arrays number of other values */
export function pointMemory(hasColor: boolean, arrays: number): number {
  return MEMORY_PER_POINT + (hasColor ? MEMORY_PER_COLOR : 0) + MEMORY_PER_VALUE * arrays;
}
