/** Argument for a pointer parameter of a native function: memory, or a number as address or byte offset. */
export type PointerArgument = NodeJS.TypedArray | DataView | ArrayBufferLike | number | null;

interface ArgumentTypes {
  f32: number;
  i32: number;
  ptr: PointerArgument;
  u64: number | bigint;
}

interface ResultTypes {
  bool: boolean;
  i32: number;
  ptr: number | null;
  u32: number;
  void: undefined;
}

interface Signature {
  readonly args: readonly (keyof ArgumentTypes)[];
  readonly returns: keyof ResultTypes;
}

type Arguments<Types extends Signature["args"]> = { -readonly [I in keyof Types]: ArgumentTypes[Types[I]] };

/** The types of native functions with these FFI signatures. */
export type NativeFunctions<Symbols extends Readonly<Record<string, Signature>>> = {
  readonly [Name in keyof Symbols]: (
    ...args: Arguments<Symbols[Name]["args"]>
  ) => ResultTypes[Symbols[Name]["returns"]];
};
