import { describe, expect, test } from "bun:test";
import type { WebGL2RenderingContext, WebGLTexture } from "../../src/gl/index.ts";
import { backends, cover, errorName, pixel, withContext } from "./support.ts";

const RED = [255, 0, 0, 255];
const GREEN = [0, 255, 0, 255];
const BLUE = [0, 0, 255, 255];
const WHITE = [255, 255, 255, 255];
/** Rows from the top: red green, blue white. */
const FOUR = new Uint8Array([...RED, ...GREEN, ...BLUE, ...WHITE]);
const SAMPLE = "uniform sampler2D image;\nvoid main() { color = texture(image, uv); }";

function newTexture(gl: WebGL2RenderingContext, target: number = gl.TEXTURE_2D): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(target, texture);
  gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  return texture;
}

function uploadRgba(
  gl: WebGL2RenderingContext,
  width: number,
  height: number,
  data: Uint8Array | number | null,
  offset = 0,
): void {
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, data, offset);
}

/** Colors of the drawing buffer's quadrants: lower left, lower right, upper left, upper right. */
function quadrants(gl: WebGL2RenderingContext): number[][] {
  return [pixel(gl, 4, 4), pixel(gl, 12, 4), pixel(gl, 4, 12), pixel(gl, 12, 12)];
}

describe.each(backends)("%s", (backend) => {
  test("the first row of an upload is the bottom row of the texture", () => {
    withContext({ backend }, (gl) => {
      newTexture(gl);
      uploadRgba(gl, 2, 2, FOUR);
      cover(gl, SAMPLE);
      expect(quadrants(gl)).toEqual([RED, GREEN, BLUE, WHITE]);
    });
  });

  test("UNPACK_FLIP_Y_WEBGL flips views and images, also with padded rows", () => {
    withContext({ backend }, (gl) => {
      gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, 1);
      newTexture(gl);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, {
        width: 2,
        height: 2,
        data: FOUR,
      });
      cover(gl, SAMPLE);
      expect(quadrants(gl)).toEqual([BLUE, WHITE, RED, GREEN]);
      // RGB rows of 2 pixels are 6 bytes, padded to 8.
      const rgb = new Uint8Array([255, 0, 0, 0, 255, 0, 9, 9, 0, 0, 255, 255, 255, 255]);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB8, 2, 2, 0, gl.RGB, gl.UNSIGNED_BYTE, rgb);
      cover(gl, SAMPLE);
      expect(quadrants(gl)).toEqual([BLUE, WHITE, RED, GREEN]);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("UNPACK_PREMULTIPLY_ALPHA_WEBGL multiplies color by alpha", () => {
    withContext({ backend }, (gl) => {
      gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, 1);
      newTexture(gl);
      const data = new Uint8Array([200, 100, 50, 128]);
      uploadRgba(gl, 1, 1, data);
      cover(gl, SAMPLE);
      expect(pixel(gl, 8, 8)).toEqual([100, 50, 25, 128]);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, { width: 1, height: 1, data });
      cover(gl, SAMPLE);
      expect(pixel(gl, 8, 8)).toEqual([100, 50, 25, 128]);
    });
  });

  test("an image is converted to the format and type of the texture", () => {
    withContext({ backend }, (gl) => {
      const image = { width: 1, height: 1, data: new Uint8ClampedArray([255, 128, 0, 255]) };
      const conversions: [number, number, number, number[]][] = [
        [gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, [255, 128, 0, 255]],
        [gl.RGB8, gl.RGB, gl.UNSIGNED_BYTE, [255, 128, 0, 255]],
        [gl.RG8, gl.RG, gl.UNSIGNED_BYTE, [255, 128, 0, 255]],
        [gl.R8, gl.RED, gl.UNSIGNED_BYTE, [255, 0, 0, 255]],
        [gl.LUMINANCE, gl.LUMINANCE, gl.UNSIGNED_BYTE, [255, 255, 255, 255]],
        [gl.RGB565, gl.RGB, gl.UNSIGNED_SHORT_5_6_5, [255, 130, 0, 255]],
        [gl.RGBA4, gl.RGBA, gl.UNSIGNED_SHORT_4_4_4_4, [255, 136, 0, 255]],
        [gl.RGBA16F, gl.RGBA, gl.HALF_FLOAT, [255, 128, 0, 255]],
        [gl.RGBA32F, gl.RGBA, gl.FLOAT, [255, 128, 0, 255]],
        [gl.RGB10_A2, gl.RGBA, gl.UNSIGNED_INT_2_10_10_10_REV, [255, 128, 0, 255]],
      ];
      for (const [internalFormat, format, type, expected] of conversions) {
        newTexture(gl);
        gl.texImage2D(gl.TEXTURE_2D, 0, internalFormat, format, type, image);
        expect(errorName(gl)).toBe("NO_ERROR");
        cover(gl, SAMPLE);
        for (const [channel, value] of pixel(gl, 8, 8).entries()) {
          expect(Math.abs(value - (expected[channel] ?? 0))).toBeLessThanOrEqual(3);
        }
      }
    });
  });

  test("UNPACK parameters and the source offset select a part of the memory", () => {
    withContext({ backend }, (gl) => {
      const paddedRows = new Uint8Array(4 * 3 * 4).fill(77);
      paddedRows.set([...RED, ...GREEN], (1 * 4 + 1) * 4);
      paddedRows.set([...BLUE, ...WHITE], (2 * 4 + 1) * 4);
      gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 4);
      gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 1);
      gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 1);
      newTexture(gl);
      uploadRgba(gl, 2, 2, paddedRows.subarray(0, 44));
      cover(gl, SAMPLE);
      expect(quadrants(gl)).toEqual([RED, GREEN, BLUE, WHITE]);
      gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, 1);
      uploadRgba(gl, 2, 2, paddedRows.subarray(0, 44));
      cover(gl, SAMPLE);
      expect(quadrants(gl)).toEqual([BLUE, WHITE, RED, GREEN]);
      for (const name of [
        gl.UNPACK_ROW_LENGTH,
        gl.UNPACK_SKIP_PIXELS,
        gl.UNPACK_SKIP_ROWS,
        gl.UNPACK_FLIP_Y_WEBGL,
      ]) {
        gl.pixelStorei(name, 0);
      }
      uploadRgba(gl, 1, 1, FOUR, 8);
      cover(gl, SAMPLE);
      expect(pixel(gl, 8, 8)).toEqual(BLUE);
    });
  });

  test("pixel buffers are a source of uploads and a destination of reads", () => {
    withContext({ backend }, (gl) => {
      gl.bindBuffer(gl.PIXEL_UNPACK_BUFFER, gl.createBuffer());
      gl.bufferData(gl.PIXEL_UNPACK_BUFFER, FOUR, gl.STATIC_DRAW);
      newTexture(gl);
      uploadRgba(gl, 1, 1, 4);
      gl.bindBuffer(gl.PIXEL_UNPACK_BUFFER, null);
      cover(gl, SAMPLE);
      expect(pixel(gl, 8, 8)).toEqual(GREEN);
      gl.bindBuffer(gl.PIXEL_PACK_BUFFER, gl.createBuffer());
      gl.bufferData(gl.PIXEL_PACK_BUFFER, 8, gl.STREAM_READ);
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, 4);
      const read = new Uint8Array(8);
      gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, read);
      expect([...read]).toEqual([0, 0, 0, 0, ...GREEN]);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("memory that the application did not initialize reads as zero", () => {
    withContext({ backend, size: [64, 64] }, (gl) => {
      // Fill memory that the driver can reuse.
      for (let count = 0; count < 3; count++) {
        newTexture(gl);
        uploadRgba(gl, 64, 64, new Uint8Array(16384).fill(99));
        cover(gl, SAMPLE);
        gl.deleteTexture(gl.getParameter(gl.TEXTURE_BINDING_2D) as WebGLTexture);
      }
      const framebuffer = gl.createFramebuffer();
      const readValues = () => {
        const all = new Uint8Array(64 * 64 * 4);
        gl.readPixels(0, 0, 64, 64, gl.RGBA, gl.UNSIGNED_BYTE, all);
        return new Set(all);
      };
      gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
      const first = newTexture(gl);
      uploadRgba(gl, 64, 64, null);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, first, 0);
      expect(readValues()).toEqual(new Set([0]));
      const second = newTexture(gl);
      gl.texStorage2D(gl.TEXTURE_2D, 2, gl.RGBA8, 128, 128);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, second, 1);
      expect(readValues()).toEqual(new Set([0]));
      gl.bindRenderbuffer(gl.RENDERBUFFER, gl.createRenderbuffer());
      gl.renderbufferStorage(gl.RENDERBUFFER, gl.RGBA8, 64, 64);
      const bound = gl.getParameter(gl.RENDERBUFFER_BINDING) as ReturnType<typeof gl.createRenderbuffer>;
      gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, bound);
      expect(readValues()).toEqual(new Set([0]));
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ARRAY_BUFFER, 4096, gl.STATIC_DRAW);
      const data = new Uint8Array(4096).fill(1);
      gl.getBufferSubData(gl.ARRAY_BUFFER, 0, data);
      expect(new Set(data)).toEqual(new Set([0]));
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("3D, array and cube map textures return the uploaded pixels", () => {
    withContext({ backend }, (gl) => {
      for (const [target, sampler] of [
        [gl.TEXTURE_3D, "sampler3D"],
        [gl.TEXTURE_2D_ARRAY, "sampler2DArray"],
      ] as const) {
        newTexture(gl, target);
        gl.texImage3D(
          target,
          0,
          gl.RGBA8,
          1,
          1,
          2,
          0,
          gl.RGBA,
          gl.UNSIGNED_BYTE,
          new Uint8Array([...RED, ...GREEN]),
        );
        gl.texSubImage3D(target, 0, 0, 0, 1, 1, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(BLUE));
        cover(
          gl,
          `uniform highp ${sampler} image;\nvoid main() { color = texture(image, vec3(0.5, 0.5, 0.9)); }`,
        );
        expect(pixel(gl, 8, 8)).toEqual(BLUE);
        gl.bindTexture(target, null);
      }
      newTexture(gl, gl.TEXTURE_CUBE_MAP);
      for (let face = 0; face < 6; face++) {
        const data = new Uint8Array([face * 40, 0, 0, 255]);
        const target = gl.TEXTURE_CUBE_MAP_POSITIVE_X + face;
        gl.texImage2D(target, 0, gl.RGBA8, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, data);
      }
      cover(gl, "uniform samplerCube image;\nvoid main() { color = texture(image, vec3(0, 0, -1)); }");
      expect(pixel(gl, 8, 8)).toEqual([200, 0, 0, 255]);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("generateMipmap creates the levels that minification samples", () => {
    withContext({ backend }, (gl) => {
      newTexture(gl);
      const stripePixels = new Uint8Array(64 * 64 * 4);
      for (let offset = 0; offset < stripePixels.length; offset += 8) stripePixels.set(WHITE, offset);
      uploadRgba(gl, 64, 64, stripePixels);
      gl.generateMipmap(gl.TEXTURE_2D);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST_MIPMAP_NEAREST);
      cover(gl, SAMPLE);
      expect(Math.abs((pixel(gl, 8, 8)[0] ?? 0) - 128)).toBeLessThan(3);
    });
  });

  test("float textures keep values outside of 0..1 and support linear filtering", () => {
    withContext({ backend }, (gl) => {
      expect(gl.getExtension("OES_texture_float_linear")).not.toBeNull();
      newTexture(gl);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, 2, 1, 0, gl.RED, gl.FLOAT, new Float32Array([-1000, 3000]));
      cover(
        gl,
        "uniform sampler2D image;\nvoid main() { color = vec4(texture(image, vec2(0.5)).r / 2000.0); }",
      );
      expect(Math.abs((pixel(gl, 8, 8)[0] ?? 0) - 128)).toBeLessThan(3);
    });
  });

  const hasS3tc = withContext({ backend }, (gl) => gl.getExtension("WEBGL_compressed_texture_s3tc") !== null);
  test.skipIf(!hasS3tc)(
    "compressed textures require their extension and exactly their number of bytes",
    () => {
      withContext({ backend }, (gl) => {
        const s3tc = gl.getExtension("WEBGL_compressed_texture_s3tc");
        newTexture(gl);
        const format = s3tc.COMPRESSED_RGB_S3TC_DXT1_EXT as number;
        // One block, with red for both of its colors (RGB565).
        const block = new Uint8Array([0x00, 0xf8, 0x00, 0xf8, 0, 0, 0, 0]);
        gl.compressedTexImage2D(gl.TEXTURE_2D, 0, format, 4, 4, 0, block.subarray(0, 7));
        expect(errorName(gl)).toBe("INVALID_VALUE");
        gl.compressedTexImage2D(gl.TEXTURE_2D, 0, format, 4, 4, 0, block);
        expect(errorName(gl)).toBe("NO_ERROR");
        cover(gl, SAMPLE);
        expect(pixel(gl, 8, 8)).toEqual(RED);
        expect(gl.getParameter(gl.COMPRESSED_TEXTURE_FORMATS)).toContain(format);
      });
    },
  );

  test("a sampler overrides the parameters of the texture, and both return their own", () => {
    withContext({ backend }, (gl) => {
      newTexture(gl);
      uploadRgba(gl, 2, 2, FOUR);
      const sampler = gl.createSampler();
      gl.samplerParameteri(sampler, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
      gl.samplerParameterf(sampler, gl.TEXTURE_MAX_LOD, 3.5);
      gl.bindSampler(0, sampler);
      expect(gl.getParameter(gl.SAMPLER_BINDING)).toBe(sampler);
      expect(gl.getSamplerParameter(sampler, gl.TEXTURE_MAX_LOD)).toBe(3.5);
      expect(gl.getSamplerParameter(sampler, gl.TEXTURE_MAG_FILTER)).toBe(gl.LINEAR);
      expect(gl.getTexParameter(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER)).toBe(gl.NEAREST);
      expect(gl.getTexParameter(gl.TEXTURE_2D, gl.TEXTURE_IMMUTABLE_FORMAT)).toBe(false);
      cover(gl, SAMPLE);
      expect(pixel(gl, 8, 8)).not.toEqual(WHITE);
      gl.deleteSampler(sampler);
      expect(gl.getParameter(gl.SAMPLER_BINDING)).toBeNull();
      cover(gl, SAMPLE);
      expect(pixel(gl, 9, 9)).toEqual(WHITE);
    });
  });

  test("copyTexImage2D and copyTexSubImage2D copy the drawing buffer, with and without multisampling", () => {
    for (const antialias of [false, true]) {
      withContext({ backend, antialias }, (gl) => {
        gl.clearColor(0, 1, 0, 1);
        gl.clear(gl.COLOR_BUFFER_BIT);
        newTexture(gl);
        gl.copyTexImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 0, 0, 16, 16, 0);
        gl.clearColor(1, 0, 0, 1);
        gl.clear(gl.COLOR_BUFFER_BIT);
        gl.copyTexSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 0, 0, 8, 16);
        cover(gl, SAMPLE);
        expect([pixel(gl, 2, 8), pixel(gl, 14, 8)]).toEqual([RED, GREEN]);
        expect(errorName(gl)).toBe("NO_ERROR");
      });
    }
  });
});
