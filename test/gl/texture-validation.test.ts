import { describe } from "bun:test";
import type { WebGL2RenderingContext } from "../../src/gl/index.ts";
import { invalidCalls } from "./invalid-calls.ts";
import { backends } from "./support.ts";

function uploadImage(
  gl: WebGL2RenderingContext,
  width: number,
  height: number,
  data: ArrayBufferView | null,
): void {
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, data);
}

describe.each(backends)("%s", (backend) => {
  const { raises, throwsTypeError } = invalidCalls(backend);

  raises("INVALID_ENUM", "bindTexture with an invalid target", (gl) =>
    gl.bindTexture(gl.ARRAY_BUFFER, gl.createTexture()),
  );
  raises("INVALID_OPERATION", "bindTexture to another target than before", (gl) => {
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.bindTexture(gl.TEXTURE_3D, texture);
  });
  raises("INVALID_OPERATION", "texImage2D without a bound texture", (gl) =>
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, null),
  );
  raises("INVALID_OPERATION", "texParameteri without a bound texture", (gl) =>
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.REPEAT),
  );
  raises("INVALID_OPERATION", "texImage2D with too few bytes", (gl) =>
    uploadImage(gl, 2, 2, new Uint8Array(15)),
  );
  raises("INVALID_OPERATION", "texImage2D with too few bytes for the row length", (gl) => {
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 4);
    uploadImage(gl, 2, 2, new Uint8Array(23));
  });
  raises("INVALID_OPERATION", "texImage2D with too few bytes after the skipped rows", (gl) => {
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 1);
    uploadImage(gl, 2, 2, new Uint8Array(16));
  });
  raises("INVALID_OPERATION", "texImage2D with floats as bytes", (gl) =>
    uploadImage(gl, 1, 1, new Float32Array(4)),
  );
  raises("INVALID_VALUE", "texImage2D with a negative width", (gl) => uploadImage(gl, -1, 2, null));
  raises("INVALID_OPERATION", "texImage2D with incompatible format and type", (gl) => {
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 1, 1, 0, gl.RGBA, gl.FLOAT, new Float32Array(4));
  });
  raises("INVALID_OPERATION", "texImage2D with an offset but no pixel buffer", (gl) => {
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, 0);
  });
  raises("INVALID_OPERATION", "texImage2D from memory while a pixel buffer is bound", (gl) => {
    gl.bindBuffer(gl.PIXEL_UNPACK_BUFFER, gl.createBuffer());
    uploadImage(gl, 1, 1, new Uint8Array(4));
  });
  raises("INVALID_OPERATION", "texImage3D with UNPACK_FLIP_Y_WEBGL", (gl) => {
    gl.bindTexture(gl.TEXTURE_3D, gl.createTexture());
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, 1);
    gl.texImage3D(gl.TEXTURE_3D, 0, gl.RGBA8, 1, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  });
  raises("INVALID_VALUE", "texSubImage2D outside of the texture", (gl) => {
    uploadImage(gl, 2, 2, null);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 1, 1, 2, 2, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(16));
  });
  raises("INVALID_OPERATION", "a second texStorage2D", (gl) => {
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 2, 2);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 2, 2);
  });
  raises("INVALID_ENUM", "compressedTexImage2D with a format of an extension that is not enabled", (gl) => {
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.compressedTexImage2D(gl.TEXTURE_2D, 0, 0x83f0, 4, 4, 0, new Uint8Array(8));
  });
  raises("INVALID_VALUE", "pixelStorei with an alignment of 3", (gl) =>
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 3),
  );
  raises("INVALID_ENUM", "pixelStorei with an invalid parameter", (gl) => gl.pixelStorei(gl.TEXTURE_2D, 1));
  raises("INVALID_OPERATION", "readPixels to too few bytes", (gl) =>
    gl.readPixels(0, 0, 2, 2, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(15)),
  );
  raises("INVALID_OPERATION", "readPixels to too few bytes after the offset", (gl) =>
    gl.readPixels(0, 0, 2, 2, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(16), 1),
  );
  raises("INVALID_OPERATION", "readPixels to too few bytes for the alignment", (gl) => {
    gl.pixelStorei(gl.PACK_ALIGNMENT, 8);
    gl.readPixels(0, 0, 1, 2, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(11));
  });
  raises("INVALID_VALUE", "readPixels to null", (gl) =>
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, null),
  );
  raises("INVALID_VALUE", "readPixels with a negative height", (gl) =>
    gl.readPixels(0, 0, 1, -1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4)),
  );
  raises("INVALID_OPERATION", "readPixels of bytes to floats", (gl) =>
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Float32Array(4)),
  );
  raises("INVALID_OPERATION", "readPixels to an offset without a pixel buffer", (gl) =>
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, 0),
  );
  raises("INVALID_OPERATION", "readPixels with a read buffer of NONE", (gl) => {
    gl.readBuffer(gl.NONE);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.FLOAT, new Float32Array(4));
  });
  throwsTypeError("bindTexture of a plain object", (gl) => gl.bindTexture(gl.TEXTURE_2D, {} as never));
  throwsTypeError("texImage2D with an image without data", (gl) =>
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, { width: 1, height: 1 } as never),
  );
  throwsTypeError("texImage2D with an image with too little data", (gl) => {
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, {
      width: 2,
      height: 2,
      data: new Uint8Array(4),
    });
  });
});
