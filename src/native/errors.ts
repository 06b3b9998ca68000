/** Thrown if a segment cannot be created, attached, committed or removed, or if a range is outside it. */
export class SharedMemoryError extends Error {
  override readonly name = "SharedMemoryError";
  /** Name of errno if a system call failed ("ENOENT", "ENOSPC" …). */
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

/** Thrown if an image cannot be encoded as JPEG, or bytes cannot be decoded as one. */
export class JpegError extends Error {
  override readonly name = "JpegError";
}

/** Thrown if an image cannot be encoded as VP8. */
export class Vp8Error extends Error {
  override readonly name = "Vp8Error";
}

/** Thrown if a mesh is invalid, or if there is not enough memory for it. */
export class MeshError extends Error {
  override readonly name = "MeshError";
}

/** Converts the rejection of a pool job: a RangeError, or a message of the C library. Other errors are returned unchanged. */
export function jobError(reason: unknown, ErrorClass: new (message: string) => Error): unknown {
  if (reason instanceof RangeError) return new ErrorClass(reason.message);
  return typeof reason === "string" ? new ErrorClass(`${reason}.`) : reason;
}

/** Thrown if one of the native libraries cannot be found, unpacked or loaded. */
export class NativeLibraryError extends Error {
  override readonly name = "NativeLibraryError";
}
