import libscenecast from "../../build/native/libscenecast.so" with { type: "file" };
import libturbojpeg from "../../build/native/libturbojpeg.so.0" with { type: "file" };

/** Path of libscenecast.so, ready for dlopen. */
export function nativeLibraryPath(): string {
  return libscenecast;
}

/** Path of libturbojpeg.so.0, ready for dlopen. */
export function turbojpegLibraryPath(): string {
  return libturbojpeg;
}
