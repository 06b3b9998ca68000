/** A segment cannot be created, attached, committed or removed, or a copy out of it is out of range. */
export class SharedMemoryError extends Error {
  override readonly name = "SharedMemoryError";
  /** errno's name where a system call failed ("ENOENT", "ENOSPC" …). */
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

/** A picture cannot be encoded, or bytes cannot be decoded as a JPEG. */
export class JpegError extends Error {
  override readonly name = "JpegError";
}

/** A picture cannot be encoded as VP8. */
export class Vp8Error extends Error {
  override readonly name = "Vp8Error";
}

/** One of the native libraries cannot be found, unpacked or loaded. */
export class NativeLibraryError extends Error {
  override readonly name = "NativeLibraryError";
}
