/** Sequential reader of the bytes of a file. */
export interface ByteReader {
  /** Upper bound for the number of bytes. */
  readonly maxBytes: number;
  readonly isCompressed: boolean;
  /** Fraction of the file that has been read, 0 to 1. */
  readonly fraction: number;
  /** Whether all bytes have been read. */
  readonly isAtEnd: boolean;
  /** Fills an array. @returns the number of bytes read, less than its length only at the end of the file */
  read(target: Uint8Array): Promise<number>;
  /** Skips bytes. @returns the number of bytes skipped, less than `bytes` only at the end of the file */
  skip(bytes: number): Promise<number>;
  /** Fills an array from any offset, if the file is not compressed. @throws LoadError if the file became shorter */
  readAt?(target: Uint8Array, offset: number): Promise<void>;
  close(): Promise<void>;
}
