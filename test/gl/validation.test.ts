import { describe, expect, test } from "bun:test";
import type { WebGL2RenderingContext, WebGLBuffer } from "../../src/gl/index.ts";
import { invalidCalls } from "./invalid-calls.ts";
import { backends, COVER, compile, errorName, withContext } from "./support.ts";

function boundBuffer(gl: WebGL2RenderingContext, size = 16): WebGLBuffer {
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
  const buffer = boundBuffer(gl, vertices * 16);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 4, gl.FLOAT, false, 0, 0);
  return buffer;
}

describe.each(backends)("%s", (backend) => {
  const { raises, throwsTypeError } = invalidCalls(backend);

  raises("INVALID_ENUM", "bindBuffer with an invalid target", (gl) => gl.bindBuffer(gl.TEXTURE_2D, null));
  raises("INVALID_OPERATION", "bindBuffer of an index buffer as vertex data", (gl) => {
    const buffer = gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffer);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  });
  raises("INVALID_OPERATION", "bindBuffer of a deleted buffer", (gl) => {
    const buffer = gl.createBuffer();
    gl.deleteBuffer(buffer);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  });
  raises("INVALID_OPERATION", "bufferData without a bound buffer", (gl) =>
    gl.bufferData(gl.ARRAY_BUFFER, 16, gl.STATIC_DRAW),
  );
  raises("INVALID_VALUE", "bufferData with a negative size", (gl) => {
    boundBuffer(gl);
    gl.bufferData(gl.ARRAY_BUFFER, -1, gl.STATIC_DRAW);
  });
  raises("INVALID_VALUE", "bufferData with null", (gl) => {
    boundBuffer(gl);
    gl.bufferData(gl.ARRAY_BUFFER, null, gl.STATIC_DRAW);
  });
  raises("INVALID_ENUM", "bufferData with an invalid usage", (gl) => {
    boundBuffer(gl);
    gl.bufferData(gl.ARRAY_BUFFER, 16, gl.TEXTURE_2D);
  });
  raises("INVALID_VALUE", "bufferData with more elements than the view has", (gl) => {
    boundBuffer(gl);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(4), gl.STATIC_DRAW, 2, 3);
  });
  raises("INVALID_VALUE", "bufferSubData past the end of the buffer", (gl) => {
    boundBuffer(gl, 16);
    gl.bufferSubData(gl.ARRAY_BUFFER, 9, new Float32Array(2));
  });
  raises("INVALID_VALUE", "getBufferSubData past the end of the buffer", (gl) => {
    boundBuffer(gl, 16);
    gl.getBufferSubData(gl.ARRAY_BUFFER, 4, new Float32Array(4));
  });
  raises("INVALID_VALUE", "copyBufferSubData with overlapping ranges", (gl) => {
    const buffer = boundBuffer(gl, 16);
    gl.bindBuffer(gl.COPY_READ_BUFFER, buffer);
    gl.copyBufferSubData(gl.COPY_READ_BUFFER, gl.ARRAY_BUFFER, 0, 4, 8);
  });
  raises("INVALID_ENUM", "getBufferParameter with an invalid parameter", (gl) => {
    boundBuffer(gl);
    gl.getBufferParameter(gl.ARRAY_BUFFER, gl.TEXTURE_2D);
  });
  raises("INVALID_VALUE", "vertexAttribPointer with an invalid index", (gl) => {
    boundBuffer(gl);
    gl.vertexAttribPointer(99, 4, gl.FLOAT, false, 0, 0);
  });
  raises("INVALID_VALUE", "vertexAttribPointer with 5 components", (gl) => {
    boundBuffer(gl);
    gl.vertexAttribPointer(0, 5, gl.FLOAT, false, 0, 0);
  });
  raises("INVALID_VALUE", "vertexAttribPointer with a stride of 256 bytes", (gl) => {
    boundBuffer(gl);
    gl.vertexAttribPointer(0, 4, gl.FLOAT, false, 256, 0);
  });
  raises("INVALID_OPERATION", "vertexAttribPointer with an unaligned offset", (gl) => {
    boundBuffer(gl);
    gl.vertexAttribPointer(0, 4, gl.FLOAT, false, 0, 3);
  });
  raises("INVALID_OPERATION", "vertexAttribPointer with an offset but no buffer", (gl) =>
    gl.vertexAttribPointer(0, 4, gl.FLOAT, false, 0, 16),
  );
  raises("INVALID_ENUM", "vertexAttribIPointer with floats", (gl) => {
    boundBuffer(gl);
    gl.vertexAttribIPointer(0, 4, gl.FLOAT, 0, 0);
  });
  raises("INVALID_OPERATION", "drawArrays without a program", (gl) => gl.drawArrays(gl.TRIANGLES, 0, 3));
  raises("INVALID_VALUE", "drawArrays with a negative count", (gl) => {
    useCover(gl);
    gl.drawArrays(gl.TRIANGLES, 0, -1);
  });
  raises("INVALID_ENUM", "drawArrays with an invalid mode", (gl) => {
    useCover(gl);
    gl.drawArrays(77, 0, 3);
  });
  raises("INVALID_OPERATION", "drawArrays with an enabled array without a buffer", (gl) => {
    useCover(gl);
    gl.enableVertexAttribArray(3);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  });
  raises("INVALID_OPERATION", "drawArrays with more vertices than the buffer has", (gl) => {
    usePositions(gl, 3);
    gl.drawArrays(gl.TRIANGLES, 1, 3);
  });
  raises("INVALID_OPERATION", "drawArrays from a deleted buffer", (gl) => {
    gl.deleteBuffer(usePositions(gl, 3));
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  });
  raises("INVALID_OPERATION", "drawElements without an index buffer", (gl) => {
    usePositions(gl, 3);
    gl.drawElements(gl.TRIANGLES, 3, gl.UNSIGNED_SHORT, 0);
  });
  raises("INVALID_OPERATION", "drawElements past the end of the index buffer", (gl) => {
    usePositions(gl, 3);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, new Uint16Array(3), gl.STATIC_DRAW);
    gl.drawElements(gl.TRIANGLES, 3, gl.UNSIGNED_SHORT, 2);
  });
  raises("INVALID_OPERATION", "drawElements with vertices from a buffer without data", (gl) => {
    usePositions(gl, 0);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, new Uint16Array(3), gl.STATIC_DRAW);
    gl.drawElements(gl.TRIANGLES, 3, gl.UNSIGNED_SHORT, 0);
  });
  raises("INVALID_ENUM", "drawElements with floats as indices", (gl) => {
    usePositions(gl, 3);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.drawElements(gl.TRIANGLES, 0, gl.FLOAT, 0);
  });
  raises("INVALID_VALUE", "getTransformFeedbackVarying of a program that was never linked", (gl) => {
    const program = gl.createProgram();
    gl.transformFeedbackVaryings(program, ["one"], gl.SEPARATE_ATTRIBS);
    gl.getTransformFeedbackVarying(program, 0);
  });
  raises("INVALID_ENUM", "bindFramebuffer with an invalid target", (gl) =>
    gl.bindFramebuffer(gl.TEXTURE_2D, null),
  );
  raises("INVALID_OPERATION", "framebufferTexture2D on the drawing buffer", (gl) =>
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, gl.createTexture(), 0),
  );
  raises(
    "INVALID_OPERATION",
    "framebufferRenderbuffer with a renderbuffer of another context",
    (gl, other) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
      gl.framebufferRenderbuffer(
        gl.FRAMEBUFFER,
        gl.COLOR_ATTACHMENT0,
        gl.RENDERBUFFER,
        other.createRenderbuffer(),
      );
    },
  );
  raises("INVALID_FRAMEBUFFER_OPERATION", "clear of an incomplete framebuffer", (gl) => {
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
    gl.clear(gl.COLOR_BUFFER_BIT);
  });
  raises("INVALID_OPERATION", "drawBuffers with a color attachment on the drawing buffer", (gl) =>
    gl.drawBuffers([gl.COLOR_ATTACHMENT0]),
  );
  raises("INVALID_OPERATION", "readBuffer with a color attachment on the drawing buffer", (gl) =>
    gl.readBuffer(gl.COLOR_ATTACHMENT0),
  );
  raises("INVALID_OPERATION", "useProgram with a program that is not linked", (gl) =>
    gl.useProgram(gl.createProgram()),
  );
  raises("INVALID_ENUM", "createShader with an invalid type", (gl) => gl.createShader(gl.TEXTURE_2D));
  raises("INVALID_OPERATION", "attachShader of a second vertex shader", (gl) => {
    const program = gl.createProgram();
    for (let count = 0; count < 2; count++) {
      const shader = gl.createShader(gl.VERTEX_SHADER);
      if (shader) gl.attachShader(program, shader);
    }
  });
  raises("INVALID_OPERATION", "bindAttribLocation with a reserved name", (gl) =>
    gl.bindAttribLocation(gl.createProgram(), 0, "gl_Position"),
  );
  raises("INVALID_VALUE", "getUniformLocation with a quote in the name", (gl) =>
    gl.getUniformLocation(useUniform(gl), 'va"lue'),
  );
  raises("INVALID_VALUE", "getActiveUniform with an invalid index", (gl) =>
    gl.getActiveUniform(useUniform(gl), 7),
  );
  raises("INVALID_OPERATION", "uniform1f with a location of another program", (gl) => {
    const location = gl.getUniformLocation(useUniform(gl), "value");
    useCover(gl);
    gl.uniform1f(location, 1);
  });
  raises("INVALID_OPERATION", "uniform4f with a location of an earlier link", (gl) => {
    const program = useUniform(gl);
    const location = gl.getUniformLocation(program, "value");
    gl.linkProgram(program);
    gl.useProgram(program);
    gl.uniform4f(location, 1, 1, 1, 1);
  });
  raises("INVALID_OPERATION", "uniform1f on a vec4", (gl) =>
    gl.uniform1f(gl.getUniformLocation(useUniform(gl), "value"), 1),
  );
  raises("INVALID_VALUE", "uniform4fv with three numbers", (gl) =>
    gl.uniform4fv(gl.getUniformLocation(useUniform(gl), "value"), [1, 2, 3]),
  );
  raises("INVALID_VALUE", "uniform4fv with a range outside of the array", (gl) =>
    gl.uniform4fv(gl.getUniformLocation(useUniform(gl), "value"), new Float32Array(4), 2, 4),
  );
  raises("INVALID_ENUM", "getParameter with an invalid parameter", (gl) =>
    gl.getParameter(gl.COLOR_BUFFER_BIT),
  );
  raises("INVALID_OPERATION", "getTexParameter without a bound texture", (gl) =>
    gl.getTexParameter(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S),
  );
  raises("INVALID_VALUE", "getVertexAttrib with an invalid index", (gl) =>
    gl.getVertexAttrib(99, gl.VERTEX_ATTRIB_ARRAY_ENABLED),
  );
  raises("INVALID_ENUM", "getInternalformatParameter with a texture target", (gl) =>
    gl.getInternalformatParameter(gl.TEXTURE_2D, gl.RGBA8, gl.SAMPLES),
  );
  raises("INVALID_ENUM", "beginQuery with an invalid target", (gl) =>
    gl.beginQuery(gl.TEXTURE_2D, gl.createQuery()),
  );
  raises("INVALID_OPERATION", "beginQuery while a query of the same kind is active", (gl) => {
    gl.beginQuery(gl.ANY_SAMPLES_PASSED, gl.createQuery());
    gl.beginQuery(gl.ANY_SAMPLES_PASSED_CONSERVATIVE, gl.createQuery());
  });
  raises("INVALID_OPERATION", "endQuery without an active query", (gl) => gl.endQuery(gl.ANY_SAMPLES_PASSED));
  raises("INVALID_OPERATION", "getQueryParameter of a query that never began", (gl) =>
    gl.getQueryParameter(gl.createQuery(), gl.QUERY_RESULT),
  );
  raises("INVALID_OPERATION", "beginTransformFeedback without a program", (gl) =>
    gl.beginTransformFeedback(gl.POINTS),
  );
  raises("INVALID_OPERATION", "endTransformFeedback without active transform feedback", (gl) =>
    gl.endTransformFeedback(),
  );
  raises("INVALID_ENUM", "bindBufferBase with an invalid target", (gl) =>
    gl.bindBufferBase(gl.ARRAY_BUFFER, 0, null),
  );
  raises("INVALID_VALUE", "bindBufferRange with a size of 0", (gl) =>
    gl.bindBufferRange(gl.UNIFORM_BUFFER, 0, gl.createBuffer(), 0, 0),
  );
  raises("INVALID_OPERATION", "clientWaitSync with a timeout above the maximum", (gl) => {
    const sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (sync) gl.clientWaitSync(sync, 0, 1e12);
  });
  raises("INVALID_OPERATION", "depthRange with near behind far", (gl) => gl.depthRange(1, 0));
  raises("INVALID_OPERATION", "blendFunc with constant color and constant alpha", (gl) =>
    gl.blendFunc(gl.CONSTANT_COLOR, gl.CONSTANT_ALPHA),
  );
  raises("INVALID_VALUE", "clearBufferfv with three numbers for a color", (gl) =>
    gl.clearBufferfv(gl.COLOR, 0, [1, 2, 3]),
  );
  raises("INVALID_ENUM", "enable with an invalid capability", (gl) => gl.enable(gl.TEXTURE_2D));
  raises("INVALID_OPERATION", "deleteTexture of a texture of another context", (gl, other) =>
    gl.deleteTexture(other.createTexture()),
  );

  throwsTypeError("bindBuffer of a texture", (gl) =>
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createTexture() as unknown as WebGLBuffer),
  );
  throwsTypeError("compileShader of null", (gl) => gl.compileShader(null as never));
  throwsTypeError("uniform1f with a number as location", (gl) => gl.uniform1f(3 as never, 1));
  throwsTypeError("clear with a string", (gl) => gl.clear("everything" as never));

  test("getError returns every kind of error once, however often it was raised", () => {
    withContext({ backend }, (gl) => {
      gl.enable(gl.TEXTURE_2D);
      gl.bindBuffer(gl.TEXTURE_2D, null);
      gl.depthRange(1, 0);
      const errors = [errorName(gl), errorName(gl), errorName(gl), errorName(gl)];
      expect(new Set(errors.filter((name) => name !== "NO_ERROR"))).toEqual(
        new Set(["INVALID_ENUM", "INVALID_OPERATION"]),
      );
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });
});
