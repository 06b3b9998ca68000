/** What a pointer parameter of a native function takes: memory, or a number as address or byte offset. */
export type PointerArgument = NodeJS.TypedArray | DataView | ArrayBufferLike | number | null;
