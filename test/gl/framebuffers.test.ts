import { describe, expect, test } from "bun:test";
import type { WebGL2RenderingContext, WebGLTexture } from "../../src/gl/index.ts";
import { backends, COVER, compile, cover, errorName, pixel, withContext } from "./support.ts";

const RED = [255, 0, 0, 255];
const GREEN = [0, 255, 0, 255];

function attachTexture(
  gl: WebGL2RenderingContext,
  internalFormat: number,
  width = 16,
  height = 16,
): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, internalFormat, width, height);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  return texture;
}

describe.each(backends)("%s", (backend) => {
  test("the drawing buffer is BACK and reports its color, depth and stencil bits", () => {
    for (const antialias of [false, true]) {
      withContext({ backend, antialias, stencil: true }, (gl) => {
        expect(gl.getParameter(gl.DRAW_BUFFER0)).toBe(gl.BACK);
        expect(gl.getParameter(gl.READ_BUFFER)).toBe(gl.BACK);
        expect(gl.getParameter(gl.FRAMEBUFFER_BINDING)).toBeNull();
        expect(gl.checkFramebufferStatus(gl.FRAMEBUFFER)).toBe(gl.FRAMEBUFFER_COMPLETE);
        const attachmentParameter = (attachment: number, name: number) =>
          gl.getFramebufferAttachmentParameter(gl.FRAMEBUFFER, attachment, name);
        for (const attachment of [gl.BACK, gl.DEPTH, gl.STENCIL]) {
          expect(attachmentParameter(attachment, gl.FRAMEBUFFER_ATTACHMENT_OBJECT_TYPE)).toBe(
            gl.FRAMEBUFFER_DEFAULT,
          );
        }
        expect(attachmentParameter(gl.BACK, gl.FRAMEBUFFER_ATTACHMENT_ALPHA_SIZE)).toBe(8);
        expect(attachmentParameter(gl.DEPTH, gl.FRAMEBUFFER_ATTACHMENT_DEPTH_SIZE)).toBe(24);
        expect(attachmentParameter(gl.STENCIL, gl.FRAMEBUFFER_ATTACHMENT_STENCIL_SIZE)).toBe(8);
        expect(errorName(gl)).toBe("NO_ERROR");
        gl.drawBuffers([gl.NONE]);
        cover(gl, "void main() { color = vec4(1); }");
        expect(pixel(gl, 0, 0)).toEqual([0, 0, 0, 0]);
        gl.drawBuffers([gl.BACK]);
        gl.invalidateFramebuffer(gl.FRAMEBUFFER, [gl.COLOR, gl.DEPTH, gl.STENCIL]);
        expect(errorName(gl)).toBe("NO_ERROR");
      });
    }
  });

  test("depth and stencil tests work in the drawing buffer, with and without multisampling", () => {
    for (const antialias of [false, true]) {
      withContext({ backend, antialias, stencil: true }, (gl) => {
        const drawAtDepth = (z: string, color: string) => {
          const vertex = COVER.replace("vec4(corner, 0, 1)", `vec4(corner, ${z}, 1)`);
          gl.useProgram(compile(gl, vertex, `out vec4 color;\nvoid main() { color = vec4(${color}); }`));
          gl.drawArrays(gl.TRIANGLES, 0, 3);
        };
        gl.enable(gl.DEPTH_TEST);
        drawAtDepth("0.0", "0, 1, 0, 1");
        drawAtDepth("0.5", "1, 0, 0, 1");
        expect(pixel(gl, 8, 8)).toEqual(GREEN);
        gl.disable(gl.DEPTH_TEST);
        gl.enable(gl.STENCIL_TEST);
        gl.stencilFunc(gl.EQUAL, 1, 0xff);
        drawAtDepth("0.0", "1, 0, 0, 1");
        expect(pixel(gl, 8, 8)).toEqual(GREEN);
        gl.clearStencil(1);
        gl.clear(gl.STENCIL_BUFFER_BIT);
        drawAtDepth("0.0", "1, 0, 0, 1");
        expect(pixel(gl, 8, 8)).toEqual(RED);
      });
    }
  });

  test("deleting the bound framebuffer binds the drawing buffer", () => {
    withContext({ backend }, (gl) => {
      attachTexture(gl, gl.RGBA8);
      const framebuffer = gl.getParameter(gl.FRAMEBUFFER_BINDING) as ReturnType<typeof gl.createFramebuffer>;
      gl.deleteFramebuffer(framebuffer);
      expect(gl.getParameter(gl.FRAMEBUFFER_BINDING)).toBeNull();
      gl.clearColor(1, 0, 0, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      expect(pixel(gl, 0, 0)).toEqual(RED);
      expect(gl.isFramebuffer(framebuffer)).toBe(false);
    });
  });

  test("several float render targets keep values outside of 0..1", () => {
    withContext({ backend }, (gl) => {
      gl.getExtension("EXT_color_buffer_float");
      attachTexture(gl, gl.RGBA32F);
      const second = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, second);
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32F, 16, 16);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT1, gl.TEXTURE_2D, second, 0);
      gl.drawBuffers([gl.COLOR_ATTACHMENT0, gl.COLOR_ATTACHMENT1]);
      expect(gl.checkFramebufferStatus(gl.FRAMEBUFFER)).toBe(gl.FRAMEBUFFER_COMPLETE);
      const fragment = `layout(location = 0) out vec4 a;\nlayout(location = 1) out vec4 b;
        void main() { a = vec4(1234.5, -2, 0, 1); b = vec4(0.25, 0, 0, 7); }`;
      gl.useProgram(compile(gl, COVER, fragment));
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      const values = new Float32Array(4);
      gl.readPixels(3, 3, 1, 1, gl.RGBA, gl.FLOAT, values);
      expect([...values]).toEqual([1234.5, -2, 0, 1]);
      gl.readBuffer(gl.COLOR_ATTACHMENT1);
      gl.readPixels(3, 3, 1, 1, gl.RGBA, gl.FLOAT, values);
      expect([...values]).toEqual([0.25, 0, 0, 7]);
      const attached = gl.getFramebufferAttachmentParameter(
        gl.FRAMEBUFFER,
        gl.COLOR_ATTACHMENT1,
        gl.FRAMEBUFFER_ATTACHMENT_OBJECT_NAME,
      );
      expect(attached).toBe(second);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("blitFramebuffer resolves a multisampled renderbuffer", () => {
    withContext({ backend }, (gl) => {
      const samples = gl.getInternalformatParameter(gl.RENDERBUFFER, gl.RGBA8, gl.SAMPLES);
      expect(samples?.[0]).toBeGreaterThanOrEqual(4);
      const multisampled = gl.createFramebuffer();
      const color = gl.createRenderbuffer();
      gl.bindRenderbuffer(gl.RENDERBUFFER, color);
      gl.renderbufferStorageMultisample(gl.RENDERBUFFER, 4, gl.RGBA8, 16, 16);
      expect(gl.getRenderbufferParameter(gl.RENDERBUFFER, gl.RENDERBUFFER_SAMPLES)).toBe(4);
      gl.bindFramebuffer(gl.FRAMEBUFFER, multisampled);
      gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, color);
      const slantedTriangle = `void main() { vec2 c = vec2(gl_VertexID == 1 ? 1.0 : -1.0, gl_VertexID == 2 ? 1.0 : -1.0); gl_Position = vec4(c * 0.93, 0, 1); }`;
      gl.useProgram(compile(gl, slantedTriangle, "out vec4 color;\nvoid main() { color = vec4(1); }"));
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      gl.bindFramebuffer(gl.READ_FRAMEBUFFER, multisampled);
      gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
      gl.blitFramebuffer(0, 0, 16, 16, 0, 0, 16, 16, gl.COLOR_BUFFER_BIT, gl.NEAREST);
      gl.bindFramebuffer(gl.READ_FRAMEBUFFER, null);
      const all = new Uint8Array(16 * 16 * 4);
      gl.readPixels(0, 0, 16, 16, gl.RGBA, gl.UNSIGNED_BYTE, all);
      expect(new Set(all).size).toBeGreaterThan(2);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("blitFramebuffer copies color from the multisampled drawing buffer", () => {
    withContext({ backend, antialias: true }, (gl) => {
      gl.clearColor(1, 0, 0, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      attachTexture(gl, gl.RGBA8);
      gl.bindFramebuffer(gl.READ_FRAMEBUFFER, null);
      gl.blitFramebuffer(0, 0, 16, 16, 0, 0, 16, 16, gl.COLOR_BUFFER_BIT, gl.NEAREST);
      expect(errorName(gl)).toBe("NO_ERROR");
      gl.bindFramebuffer(gl.READ_FRAMEBUFFER, gl.getParameter(gl.DRAW_FRAMEBUFFER_BINDING) as never);
      expect(pixel(gl, 5, 5)).toEqual(RED);
    });
  });

  test("a call that throws a TypeError does not change the bindings", () => {
    withContext({ backend, antialias: true }, (gl) => {
      gl.clearColor(1, 0, 0, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      const notANumber = "text" as unknown as number;
      expect(() =>
        gl.blitFramebuffer(0, 0, notANumber, 4, 0, 0, 4, 4, gl.DEPTH_BUFFER_BIT, gl.NEAREST),
      ).toThrow(TypeError);
      expect(pixel(gl, 1, 1)).toEqual(RED);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("PACK parameters set the position of the rows that readPixels writes", () => {
    withContext({ backend }, (gl) => {
      gl.clearColor(1, 0, 0, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.pixelStorei(gl.PACK_ROW_LENGTH, 3);
      gl.pixelStorei(gl.PACK_SKIP_PIXELS, 1);
      gl.pixelStorei(gl.PACK_SKIP_ROWS, 1);
      const rows = new Uint8Array(3 * 3 * 4).fill(9);
      gl.readPixels(0, 0, 2, 2, gl.RGBA, gl.UNSIGNED_BYTE, rows);
      const untouched = [9, 9, 9, 9];
      expect([...rows]).toEqual([
        ...untouched,
        ...untouched,
        ...untouched,
        ...untouched,
        ...RED,
        ...RED,
        ...untouched,
        ...RED,
        ...RED,
      ]);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("readPixels writes to shared memory", () => {
    withContext({ backend }, (gl) => {
      gl.clearColor(0, 1, 0, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      const shared = new Uint8Array(new SharedArrayBuffer(16 * 16 * 4 + 8), 8);
      gl.readPixels(0, 0, 16, 16, gl.RGBA, gl.UNSIGNED_BYTE, shared);
      expect([...shared.subarray(-4)]).toEqual(GREEN);
    });
  });
});
