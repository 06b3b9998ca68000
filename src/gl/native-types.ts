/** Argument for a pointer parameter of a native function: memory, or a number as address or byte offset. */
export type PointerArgument = NodeJS.TypedArray | DataView | ArrayBufferLike | number | null;
