import { describe, expect, test } from "bun:test";
import {
  createContext,
  destroyContext,
  type WebGL2RenderingContext,
  type WebGLBuffer,
} from "../../src/gl/index.ts";
import { backends, COVER, compile, errorName, withContext } from "./support.ts";

type Call = (gl: WebGL2RenderingContext) => void;

/** Wrong arguments and the error that WebGL wants; each runs on a context of its own state. */
const WRONG: [promise: string, error: string, call: Call][] = [
  ["bindBuffer: no such target", "INVALID_ENUM", (gl) => gl.bindBuffer(gl.TEXTURE_2D, null)],
  [
    "bindBuffer: an index buffer as vertices",
    "INVALID_OPERATION",
    (gl) => {
      const buffer = gl.createBuffer();
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffer);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    },
  ],
  [
    "bindBuffer: a deleted buffer",
    "INVALID_OPERATION",
    (gl) => {
      const buffer = gl.createBuffer();
      gl.deleteBuffer(buffer);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    },
  ],
  [
    "bufferData: nothing bound",
    "INVALID_OPERATION",
    (gl) => gl.bufferData(gl.ARRAY_BUFFER, 16, gl.STATIC_DRAW),
  ],
  [
    "bufferData: negative size",
    "INVALID_VALUE",
    (gl) => {
      bound(gl);
      gl.bufferData(gl.ARRAY_BUFFER, -1, gl.STATIC_DRAW);
    },
  ],
  [
    "bufferData: null",
    "INVALID_VALUE",
    (gl) => {
      bound(gl);
      gl.bufferData(gl.ARRAY_BUFFER, null, gl.STATIC_DRAW);
    },
  ],
  [
    "bufferData: no such usage",
    "INVALID_ENUM",
    (gl) => {
      bound(gl);
      gl.bufferData(gl.ARRAY_BUFFER, 16, gl.TEXTURE_2D);
    },
  ],
  [
    "bufferData: more elements than the view has",
    "INVALID_VALUE",
    (gl) => {
      bound(gl);
      gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(4), gl.STATIC_DRAW, 2, 3);
    },
  ],
  [
    "bufferSubData: past the end",
    "INVALID_VALUE",
    (gl) => {
      bound(gl, 16);
      gl.bufferSubData(gl.ARRAY_BUFFER, 9, new Float32Array(2));
    },
  ],
  [
    "getBufferSubData: past the end",
    "INVALID_VALUE",
    (gl) => {
      bound(gl, 16);
      gl.getBufferSubData(gl.ARRAY_BUFFER, 4, new Float32Array(4));
    },
  ],
  [
    "copyBufferSubData: overlapping",
    "INVALID_VALUE",
    (gl) => {
      const buffer = bound(gl, 16);
      gl.bindBuffer(gl.COPY_READ_BUFFER, buffer);
      gl.copyBufferSubData(gl.COPY_READ_BUFFER, gl.ARRAY_BUFFER, 0, 4, 8);
    },
  ],
  [
    "getBufferParameter: no such name",
    "INVALID_ENUM",
    (gl) => {
      bound(gl);
      gl.getBufferParameter(gl.ARRAY_BUFFER, gl.TEXTURE_2D);
    },
  ],
  [
    "vertexAttribPointer: no such index",
    "INVALID_VALUE",
    (gl) => {
      bound(gl);
      gl.vertexAttribPointer(99, 4, gl.FLOAT, false, 0, 0);
    },
  ],
  [
    "vertexAttribPointer: size 5",
    "INVALID_VALUE",
    (gl) => {
      bound(gl);
      gl.vertexAttribPointer(0, 5, gl.FLOAT, false, 0, 0);
    },
  ],
  [
    "vertexAttribPointer: stride 256",
    "INVALID_VALUE",
    (gl) => {
      bound(gl);
      gl.vertexAttribPointer(0, 4, gl.FLOAT, false, 256, 0);
    },
  ],
  [
    "vertexAttribPointer: offset not aligned",
    "INVALID_OPERATION",
    (gl) => {
      bound(gl);
      gl.vertexAttribPointer(0, 4, gl.FLOAT, false, 0, 3);
    },
  ],
  [
    "vertexAttribPointer: an offset without a buffer",
    "INVALID_OPERATION",
    (gl) => gl.vertexAttribPointer(0, 4, gl.FLOAT, false, 0, 16),
  ],
  [
    "vertexAttribIPointer: floats",
    "INVALID_ENUM",
    (gl) => {
      bound(gl);
      gl.vertexAttribIPointer(0, 4, gl.FLOAT, 0, 0);
    },
  ],
  ["drawArrays: no program", "INVALID_OPERATION", (gl) => gl.drawArrays(gl.TRIANGLES, 0, 3)],
  [
    "drawArrays: negative count",
    "INVALID_VALUE",
    (gl) => {
      useCover(gl);
      gl.drawArrays(gl.TRIANGLES, 0, -1);
    },
  ],
  [
    "drawArrays: no such mode",
    "INVALID_ENUM",
    (gl) => {
      useCover(gl);
      gl.drawArrays(77, 0, 3);
    },
  ],
  [
    "drawArrays: an array without a buffer",
    "INVALID_OPERATION",
    (gl) => {
      useCover(gl);
      gl.enableVertexAttribArray(3);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
  ],
  [
    "drawArrays: more vertices than the buffer has",
    "INVALID_OPERATION",
    (gl) => {
      usePositions(gl, 3);
      gl.drawArrays(gl.TRIANGLES, 1, 3);
    },
  ],
  [
    "drawArrays: the buffer was deleted",
    "INVALID_OPERATION",
    (gl) => {
      gl.deleteBuffer(usePositions(gl, 3));
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
  ],
  [
    "drawElements: no index buffer",
    "INVALID_OPERATION",
    (gl) => {
      usePositions(gl, 3);
      gl.drawElements(gl.TRIANGLES, 3, gl.UNSIGNED_SHORT, 0);
    },
  ],
  [
    "drawElements: past the end of the index buffer",
    "INVALID_OPERATION",
    (gl) => {
      usePositions(gl, 3);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, new Uint16Array(3), gl.STATIC_DRAW);
      gl.drawElements(gl.TRIANGLES, 3, gl.UNSIGNED_SHORT, 2);
    },
  ],
  [
    "drawElements: vertices from a buffer without data",
    "INVALID_OPERATION",
    (gl) => {
      usePositions(gl, 0);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, new Uint16Array(3), gl.STATIC_DRAW);
      gl.drawElements(gl.TRIANGLES, 3, gl.UNSIGNED_SHORT, 0);
    },
  ],
  [
    "drawElements: floats as indices",
    "INVALID_ENUM",
    (gl) => {
      usePositions(gl, 3);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
      gl.drawElements(gl.TRIANGLES, 0, gl.FLOAT, 0);
    },
  ],
  [
    "bindTexture: no such target",
    "INVALID_ENUM",
    (gl) => gl.bindTexture(gl.ARRAY_BUFFER, gl.createTexture()),
  ],
  [
    "bindTexture: another target than before",
    "INVALID_OPERATION",
    (gl) => {
      const texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.bindTexture(gl.TEXTURE_3D, texture);
    },
  ],
  [
    "texImage2D: nothing bound",
    "INVALID_OPERATION",
    (gl) => gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, null),
  ],
  [
    "texParameteri: nothing bound",
    "INVALID_OPERATION",
    (gl) => gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.REPEAT),
  ],
  ["texImage2D: too few bytes", "INVALID_OPERATION", (gl) => image(gl, 2, 2, new Uint8Array(15))],
  [
    "texImage2D: too few bytes for the row length",
    "INVALID_OPERATION",
    (gl) => {
      gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 4);
      image(gl, 2, 2, new Uint8Array(23));
    },
  ],
  [
    "texImage2D: too few bytes behind the skipped ones",
    "INVALID_OPERATION",
    (gl) => {
      gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 1);
      image(gl, 2, 2, new Uint8Array(16));
    },
  ],
  ["texImage2D: floats as bytes", "INVALID_OPERATION", (gl) => image(gl, 1, 1, new Float32Array(4))],
  ["texImage2D: negative width", "INVALID_VALUE", (gl) => image(gl, -1, 2, null)],
  [
    "texImage2D: format and type do not go together",
    "INVALID_OPERATION",
    (gl) => {
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 1, 1, 0, gl.RGBA, gl.FLOAT, new Float32Array(4));
    },
  ],
  [
    "texImage2D: an offset without a pixel buffer",
    "INVALID_OPERATION",
    (gl) => {
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, 0);
    },
  ],
  [
    "texImage2D: memory while a pixel buffer is bound",
    "INVALID_OPERATION",
    (gl) => {
      gl.bindBuffer(gl.PIXEL_UNPACK_BUFFER, gl.createBuffer());
      image(gl, 1, 1, new Uint8Array(4));
    },
  ],
  [
    "texImage3D: flipped rows",
    "INVALID_OPERATION",
    (gl) => {
      gl.bindTexture(gl.TEXTURE_3D, gl.createTexture());
      gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, 1);
      gl.texImage3D(gl.TEXTURE_3D, 0, gl.RGBA8, 1, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    },
  ],
  [
    "texSubImage2D: outside of the texture",
    "INVALID_VALUE",
    (gl) => {
      image(gl, 2, 2, null);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 1, 1, 2, 2, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(16));
    },
  ],
  [
    "texStorage2D: twice",
    "INVALID_OPERATION",
    (gl) => {
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 2, 2);
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 2, 2);
    },
  ],
  [
    "compressedTexImage2D: a format that was not asked for",
    "INVALID_ENUM",
    (gl) => {
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      gl.compressedTexImage2D(gl.TEXTURE_2D, 0, 0x83f0, 4, 4, 0, new Uint8Array(8));
    },
  ],
  ["pixelStorei: alignment 3", "INVALID_VALUE", (gl) => gl.pixelStorei(gl.UNPACK_ALIGNMENT, 3)],
  ["pixelStorei: no such name", "INVALID_ENUM", (gl) => gl.pixelStorei(gl.TEXTURE_2D, 1)],
  [
    "readPixels: too few bytes",
    "INVALID_OPERATION",
    (gl) => gl.readPixels(0, 0, 2, 2, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(15)),
  ],
  [
    "readPixels: too few bytes behind the offset",
    "INVALID_OPERATION",
    (gl) => gl.readPixels(0, 0, 2, 2, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(16), 1),
  ],
  [
    "readPixels: too few bytes for the alignment",
    "INVALID_OPERATION",
    (gl) => {
      gl.pixelStorei(gl.PACK_ALIGNMENT, 8);
      gl.readPixels(0, 0, 1, 2, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(11));
    },
  ],
  ["readPixels: null", "INVALID_VALUE", (gl) => gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, null)],
  [
    "readPixels: negative height",
    "INVALID_VALUE",
    (gl) => gl.readPixels(0, 0, 1, -1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4)),
  ],
  [
    "readPixels: floats as bytes",
    "INVALID_OPERATION",
    (gl) => gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Float32Array(4)),
  ],
  [
    "readPixels: an offset without a pixel buffer",
    "INVALID_OPERATION",
    (gl) => gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, 0),
  ],
  [
    "readPixels: the read buffer is NONE",
    "INVALID_OPERATION",
    (gl) => {
      gl.readBuffer(gl.NONE);
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.FLOAT, new Float32Array(4));
    },
  ],
  [
    "getTransformFeedbackVarying: asked for but never linked",
    "INVALID_VALUE",
    (gl) => {
      const program = gl.createProgram();
      gl.transformFeedbackVaryings(program, ["one"], gl.SEPARATE_ATTRIBS);
      gl.getTransformFeedbackVarying(program, 0);
    },
  ],
  ["bindFramebuffer: no such target", "INVALID_ENUM", (gl) => gl.bindFramebuffer(gl.TEXTURE_2D, null)],
  [
    "framebufferTexture2D: onto the drawing buffer",
    "INVALID_OPERATION",
    (gl) =>
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, gl.createTexture(), 0),
  ],
  [
    "framebufferRenderbuffer: a foreign renderbuffer",
    "INVALID_OPERATION",
    (gl) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
      gl.framebufferRenderbuffer(
        gl.FRAMEBUFFER,
        gl.COLOR_ATTACHMENT0,
        gl.RENDERBUFFER,
        foreign.createRenderbuffer(),
      );
    },
  ],
  [
    "clear: an incomplete framebuffer",
    "INVALID_FRAMEBUFFER_OPERATION",
    (gl) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
      gl.clear(gl.COLOR_BUFFER_BIT);
    },
  ],
  [
    "drawBuffers: an attachment of the drawing buffer",
    "INVALID_OPERATION",
    (gl) => gl.drawBuffers([gl.COLOR_ATTACHMENT0]),
  ],
  [
    "readBuffer: an attachment of the drawing buffer",
    "INVALID_OPERATION",
    (gl) => gl.readBuffer(gl.COLOR_ATTACHMENT0),
  ],
  ["useProgram: not linked", "INVALID_OPERATION", (gl) => gl.useProgram(gl.createProgram())],
  ["createShader: no such type", "INVALID_ENUM", (gl) => gl.createShader(gl.TEXTURE_2D)],
  [
    "attachShader: two of a kind",
    "INVALID_OPERATION",
    (gl) => {
      const program = gl.createProgram();
      for (let count = 0; count < 2; count++) {
        const shader = gl.createShader(gl.VERTEX_SHADER);
        if (shader) gl.attachShader(program, shader);
      }
    },
  ],
  [
    "bindAttribLocation: a reserved name",
    "INVALID_OPERATION",
    (gl) => gl.bindAttribLocation(gl.createProgram(), 0, "gl_Position"),
  ],
  [
    "getUniformLocation: a name with a quote",
    "INVALID_VALUE",
    (gl) => gl.getUniformLocation(useUniform(gl), 'va"lue'),
  ],
  ["getActiveUniform: no such index", "INVALID_VALUE", (gl) => gl.getActiveUniform(useUniform(gl), 7)],
  [
    "uniform1f: another program's location",
    "INVALID_OPERATION",
    (gl) => {
      const location = gl.getUniformLocation(useUniform(gl), "value");
      useCover(gl);
      gl.uniform1f(location, 1);
    },
  ],
  [
    "uniform4f: a location from before the last link",
    "INVALID_OPERATION",
    (gl) => {
      const program = useUniform(gl);
      const location = gl.getUniformLocation(program, "value");
      gl.linkProgram(program);
      gl.useProgram(program);
      gl.uniform4f(location, 1, 1, 1, 1);
    },
  ],
  [
    "uniform1f: a vec4",
    "INVALID_OPERATION",
    (gl) => gl.uniform1f(gl.getUniformLocation(useUniform(gl), "value"), 1),
  ],
  [
    "uniform4fv: three numbers",
    "INVALID_VALUE",
    (gl) => gl.uniform4fv(gl.getUniformLocation(useUniform(gl), "value"), [1, 2, 3]),
  ],
  [
    "uniform4fv: outside of the array",
    "INVALID_VALUE",
    (gl) => gl.uniform4fv(gl.getUniformLocation(useUniform(gl), "value"), new Float32Array(4), 2, 4),
  ],
  ["getParameter: no such name", "INVALID_ENUM", (gl) => gl.getParameter(gl.COLOR_BUFFER_BIT)],
  [
    "getTexParameter: nothing bound",
    "INVALID_OPERATION",
    (gl) => gl.getTexParameter(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S),
  ],
  [
    "getVertexAttrib: no such index",
    "INVALID_VALUE",
    (gl) => gl.getVertexAttrib(99, gl.VERTEX_ATTRIB_ARRAY_ENABLED),
  ],
  [
    "getInternalformatParameter: of a texture",
    "INVALID_ENUM",
    (gl) => gl.getInternalformatParameter(gl.TEXTURE_2D, gl.RGBA8, gl.SAMPLES),
  ],
  ["beginQuery: no such target", "INVALID_ENUM", (gl) => gl.beginQuery(gl.TEXTURE_2D, gl.createQuery())],
  [
    "beginQuery: twice",
    "INVALID_OPERATION",
    (gl) => {
      gl.beginQuery(gl.ANY_SAMPLES_PASSED, gl.createQuery());
      gl.beginQuery(gl.ANY_SAMPLES_PASSED_CONSERVATIVE, gl.createQuery());
    },
  ],
  ["endQuery: none runs", "INVALID_OPERATION", (gl) => gl.endQuery(gl.ANY_SAMPLES_PASSED)],
  [
    "getQueryParameter: never begun",
    "INVALID_OPERATION",
    (gl) => gl.getQueryParameter(gl.createQuery(), gl.QUERY_RESULT),
  ],
  ["beginTransformFeedback: no program", "INVALID_OPERATION", (gl) => gl.beginTransformFeedback(gl.POINTS)],
  ["endTransformFeedback: none runs", "INVALID_OPERATION", (gl) => gl.endTransformFeedback()],
  ["bindBufferBase: no such target", "INVALID_ENUM", (gl) => gl.bindBufferBase(gl.ARRAY_BUFFER, 0, null)],
  [
    "bindBufferRange: size 0",
    "INVALID_VALUE",
    (gl) => gl.bindBufferRange(gl.UNIFORM_BUFFER, 0, gl.createBuffer(), 0, 0),
  ],
  [
    "clientWaitSync: longer than allowed",
    "INVALID_OPERATION",
    (gl) => {
      const sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
      if (sync) gl.clientWaitSync(sync, 0, 1e12);
    },
  ],
  ["depthRange: near behind far", "INVALID_OPERATION", (gl) => gl.depthRange(1, 0)],
  [
    "blendFunc: constant colour with constant alpha",
    "INVALID_OPERATION",
    (gl) => gl.blendFunc(gl.CONSTANT_COLOR, gl.CONSTANT_ALPHA),
  ],
  [
    "clearBufferfv: three numbers for a colour",
    "INVALID_VALUE",
    (gl) => gl.clearBufferfv(gl.COLOR, 0, [1, 2, 3]),
  ],
  ["enable: no such capability", "INVALID_ENUM", (gl) => gl.enable(gl.TEXTURE_2D)],
  [
    "deleteTexture: a foreign texture",
    "INVALID_OPERATION",
    (gl) => gl.deleteTexture(foreign.createTexture()),
  ],
];

/** Calls that WebIDL answers with a TypeError. */
const THROWS: [promise: string, call: (gl: WebGL2RenderingContext) => unknown][] = [
  [
    "bindBuffer: a texture",
    (gl) => gl.bindBuffer(gl.ARRAY_BUFFER, gl.createTexture() as unknown as WebGLBuffer),
  ],
  ["bindTexture: a plain object", (gl) => gl.bindTexture(gl.TEXTURE_2D, {} as never)],
  ["compileShader: null", (gl) => gl.compileShader(null as never)],
  ["uniform1f: a number for the location", (gl) => gl.uniform1f(3 as never, 1)],
  [
    "texImage2D: a picture without data",
    (gl) =>
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, { width: 1, height: 1 } as never),
  ],
  [
    "texImage2D: a picture with less data than its size",
    (gl) => {
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, {
        width: 2,
        height: 2,
        data: new Uint8Array(4),
      });
    },
  ],
  ["clear: text", (gl) => gl.clear("everything" as never)],
];

let foreign: WebGL2RenderingContext;

function bound(gl: WebGL2RenderingContext, size = 16): WebGLBuffer {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, size, gl.STATIC_DRAW);
  return buffer;
}

function useCover(gl: WebGL2RenderingContext): void {
  gl.useProgram(compile(gl, COVER, "out vec4 color;\nvoid main() { color = vec4(1); }"));
}

function useUniform(gl: WebGL2RenderingContext) {
  const program = compile(gl, COVER, "uniform vec4 value;\nout vec4 color;\nvoid main() { color = value; }");
  gl.useProgram(program);
  return program;
}

function usePositions(gl: WebGL2RenderingContext, vertices: number): WebGLBuffer {
  const vertex = "layout(location = 0) in vec4 position;\nvoid main() { gl_Position = position; }";
  gl.useProgram(compile(gl, vertex, "out vec4 color;\nvoid main() { color = vec4(1); }"));
  const buffer = bound(gl, vertices * 16);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 4, gl.FLOAT, false, 0, 0);
  return buffer;
}

function image(
  gl: WebGL2RenderingContext,
  width: number,
  height: number,
  data: ArrayBufferView | null,
): void {
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, data);
}

describe.each(backends)("%s", (backend) => {
  test.each(WRONG)("%s is %s", (_, error, call) => {
    foreign = createContext(1, 1, { backend });
    withContext({ backend }, (gl) => {
      call(gl);
      expect(errorName(gl)).toBe(error);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
    destroyContext(foreign);
  });

  test.each(THROWS)("%s throws a TypeError", (_, call) => {
    withContext({ backend }, (gl) => {
      expect(() => call(gl)).toThrow(TypeError);
    });
  });

  test("an error is kept once until it is asked for, and errors of a kind do not pile up", () => {
    withContext({ backend }, (gl) => {
      gl.enable(gl.TEXTURE_2D);
      gl.bindBuffer(gl.TEXTURE_2D, null);
      gl.depthRange(1, 0);
      const seen = [errorName(gl), errorName(gl), errorName(gl), errorName(gl)];
      expect(new Set(seen.filter((name) => name !== "NO_ERROR"))).toEqual(
        new Set(["INVALID_ENUM", "INVALID_OPERATION"]),
      );
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });
});
