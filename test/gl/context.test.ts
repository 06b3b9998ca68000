import { describe, expect, test } from "bun:test";
import * as classes from "../../src/gl/index.ts";
import { createContext, destroyContext, listDrivers, WebGL2RenderingContext } from "../../src/gl/index.ts";
import { backends, COVER, compile, cover, errorName, pixel, withContext } from "./support.ts";

const RED = "void main() { color = vec4(1, 0, 0, 1); }";

test("the embedded driver is available on every machine and reports its renderer", () => {
  const angle = listDrivers().find(({ name }) => name === "angle");
  expect(angle).toMatchObject({ available: true, renderer: expect.stringContaining("SwiftShader") });
});

test("an unknown backend is rejected with the list of backends", () => {
  const options = { backend: "vulkan" as "angle" };
  expect(() => createContext(1, 1, options)).toThrow(
    'Unknown GL backend "vulkan": use one of auto, gpu, mesa, angle.',
  );
});

const unavailable = listDrivers().find((driver) => !driver.available);
test.skipIf(!unavailable)("requesting an unavailable driver names the reason and what to install", () => {
  if (!unavailable || unavailable.available) throw new Error("every driver is available");
  expect(() => createContext(1, 1, { backend: unavailable.name })).toThrow(unavailable.reason);
  expect(() => createContext(1, 1, { backend: unavailable.name })).toThrow("apt install libgcc-s1");
});

test("methods, attributes and constants are enumerable properties of the prototype", () => {
  const names = Object.keys(WebGL2RenderingContext.prototype);
  expect(names).toContain("TEXTURE_2D");
  for (const name of [
    "getError",
    "drawElements",
    "uniform4fv",
    "clear",
    "getExtension",
    "drawingBufferWidth",
  ]) {
    expect(names).toContain(name);
  }
});

describe.each(backends)("%s", (backend) => {
  test("a context is a WebGL2RenderingContext with WebGL's constants, parameters and attributes", () => {
    withContext({ backend, size: [20, 10] }, (gl) => {
      expect(gl).toBeInstanceOf(WebGL2RenderingContext);
      expect(gl.TEXTURE_2D).toBe(0x0de1);
      expect((WebGL2RenderingContext as unknown as Record<string, number>).DEPTH_TEST).toBe(0x0b71);
      expect([gl.drawingBufferWidth, gl.drawingBufferHeight]).toEqual([20, 10]);
      expect(gl.getParameter(gl.VERSION)).toStartWith("WebGL 2.0");
      expect(gl.getParameter(gl.SHADING_LANGUAGE_VERSION)).toStartWith("WebGL GLSL ES 3.00");
      expect(gl.getParameter(gl.VIEWPORT)).toEqual(new Int32Array([0, 0, 20, 10]));
      expect(gl.getContextAttributes()).toMatchObject({
        alpha: true,
        antialias: false,
        depth: true,
        stencil: false,
      });
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("a new drawing buffer is transparent black, and opaque without alpha", () => {
    withContext({ backend }, (gl) => expect(pixel(gl, 3, 3)).toEqual([0, 0, 0, 0]));
    withContext({ backend, alpha: false }, (gl) => expect(pixel(gl, 3, 3)).toEqual([0, 0, 0, 255]));
  });

  test("an unsupported size is rejected with the range of supported sizes", () => {
    for (const [width, height] of [
      [0, 10],
      [100_000, 100_000],
      [1.5, 10],
      [Number.NaN, 10],
    ] as const) {
      expect(() => createContext(width, height, { backend })).toThrow(/from 1 to \d+/);
    }
  });

  test("the drawing buffer has depth and stencil only if they are requested", () => {
    withContext({ backend, depth: true, stencil: true }, (gl) => {
      expect(gl.getParameter(gl.DEPTH_BITS)).toBeGreaterThanOrEqual(24);
      expect(gl.getParameter(gl.STENCIL_BITS)).toBe(8);
    });
    withContext({ backend, depth: false, stencil: false }, (gl) => {
      expect(gl.getParameter(gl.DEPTH_BITS)).toBe(0);
      expect(gl.getParameter(gl.STENCIL_BITS)).toBe(0);
    });
    withContext({ backend, depth: false, stencil: true }, (gl) => {
      expect(gl.getParameter(gl.STENCIL_BITS)).toBe(8);
    });
  });

  test("resizing the drawing buffer clears it and keeps the application's clear state and bindings", () => {
    withContext({ backend }, (gl) => {
      gl.clearColor(1, 0.5, 0, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.colorMask(true, false, true, false);
      gl.enable(gl.SCISSOR_TEST);
      const framebuffer = gl.createFramebuffer();
      gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
      gl.getExtension("STACKGL_resize_drawingbuffer")?.resize(40, 30);
      expect([gl.drawingBufferWidth, gl.drawingBufferHeight]).toEqual([40, 30]);
      expect(gl.getParameter(gl.FRAMEBUFFER_BINDING)).toBe(framebuffer);
      expect(gl.getParameter(gl.COLOR_CLEAR_VALUE)).toEqual(new Float32Array([1, 0.5, 0, 1]));
      expect(gl.getParameter(gl.COLOR_WRITEMASK)).toEqual([true, false, true, false]);
      expect(gl.isEnabled(gl.SCISSOR_TEST)).toBe(true);
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      expect(pixel(gl, 39, 29)).toEqual([0, 0, 0, 0]);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("multisampling can be enabled and disabled, and reads return resolved pixels", () => {
    withContext({ backend }, (gl) => {
      const white = `void main() { if (gl_FragCoord.x > 0.0) color = vec4(1); }`;
      const slantedTriangle = `void main() { vec2 c = vec2(gl_VertexID == 1 ? 1.0 : -1.0, gl_VertexID == 2 ? 1.0 : -1.0); gl_Position = vec4(c * 0.93, 0, 1); }`;
      const render = () => {
        gl.clearColor(0, 0, 0, 1);
        gl.clear(gl.COLOR_BUFFER_BIT);
        gl.useProgram(compile(gl, slantedTriangle, `out vec4 color;\n${white}`));
        gl.drawArrays(gl.TRIANGLES, 0, 3);
        const rgba = new Uint8Array(16 * 16 * 4);
        gl.readPixels(0, 0, 16, 16, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
        return new Set(rgba.filter((_, index) => index % 4 === 0));
      };
      expect(render()).toEqual(new Set([0, 255]));
      gl.getExtension("SCENECAST_drawingbuffer")?.setSamples(4);
      expect(gl.getContextAttributes()?.antialias).toBe(true);
      expect(gl.getParameter(gl.SAMPLES)).toBe(4);
      expect(render().size).toBeGreaterThan(2);
      gl.getExtension("SCENECAST_drawingbuffer")?.setSamples(0);
      expect(render()).toEqual(new Set([0, 255]));
      expect(() => gl.getExtension("SCENECAST_drawingbuffer")?.setSamples(1000)).toThrow(
        /from 0 \(none\) to \d+/,
      );
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("reading a multisampled drawing buffer changes no state and counts in no query", () => {
    withContext({ backend, antialias: true }, (gl) => {
      const program = compile(gl, COVER, "out vec4 color;\nvoid main() { color = vec4(1); }");
      const vertexArray = gl.createVertexArray();
      gl.clearColor(1, 0.2, 0.4, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.useProgram(program);
      gl.bindVertexArray(vertexArray);
      gl.activeTexture(gl.TEXTURE3);
      gl.viewport(1, 2, 3, 4);
      gl.scissor(0, 0, 1, 1);
      gl.colorMask(true, false, true, false);
      for (const capability of [gl.BLEND, gl.CULL_FACE, gl.SCISSOR_TEST]) gl.enable(capability);
      expect(pixel(gl, 15, 15)).toEqual([255, 51, 102, 255]);
      expect(gl.getParameter(gl.CURRENT_PROGRAM)).toBe(program);
      expect(gl.getParameter(gl.VERTEX_ARRAY_BINDING)).toBe(vertexArray);
      expect(gl.getParameter(gl.ACTIVE_TEXTURE)).toBe(gl.TEXTURE3);
      expect(gl.getParameter(gl.VIEWPORT)).toEqual(new Int32Array([1, 2, 3, 4]));
      expect(gl.getParameter(gl.COLOR_WRITEMASK)).toEqual([true, false, true, false]);
      for (const capability of [gl.BLEND, gl.CULL_FACE, gl.SCISSOR_TEST])
        expect(gl.isEnabled(capability)).toBe(true);
      const query = gl.createQuery();
      gl.beginQuery(gl.ANY_SAMPLES_PASSED, query);
      expect(pixel(gl, 15, 15)).toEqual([255, 51, 102, 255]);
      gl.endQuery(gl.ANY_SAMPLES_PASSED);
      gl.finish();
      expect(gl.getQueryParameter(query, gl.QUERY_RESULT)).toBe(0);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("alternating contexts do not share state or objects", () => {
    withContext({ backend }, (one) => {
      withContext({ backend }, (two) => {
        one.clearColor(1, 0, 0, 1);
        two.clearColor(0, 1, 0, 1);
        for (let round = 0; round < 3; round++) {
          one.clear(one.COLOR_BUFFER_BIT);
          two.clear(two.COLOR_BUFFER_BIT);
        }
        expect(pixel(one, 0, 0)).toEqual([255, 0, 0, 255]);
        expect(pixel(two, 0, 0)).toEqual([0, 255, 0, 255]);
        one.bindTexture(one.TEXTURE_2D, two.createTexture());
        expect(errorName(one)).toBe("INVALID_OPERATION");
        expect(errorName(two)).toBe("NO_ERROR");
        one.useProgram(cover(one, RED));
        expect(two.getParameter(two.CURRENT_PROGRAM)).toBeNull();
      });
      expect(pixel(one, 0, 0)).toEqual([255, 0, 0, 255]);
    });
  });

  test("calls on a destroyed context have no effect, and it can be destroyed again", () => {
    const gl = createContext(4, 4, { backend });
    const texture = gl.createTexture();
    destroyContext(gl);
    destroyContext(gl);
    expect(gl.isContextLost()).toBe(true);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.getExtension("WEBGL_lose_context")?.restoreContext();
    expect(gl.isContextLost()).toBe(true);
    expect(gl.getParameter(gl.VIEWPORT)).toBeNull();
  });

  test("a lost context reports the loss once, ignores calls, and works again after it is restored", () => {
    withContext({ backend }, (gl) => {
      const events: string[] = [];
      for (const type of ["webglcontextlost", "webglcontextrestored"]) {
        gl.canvas.addEventListener(type, () => events.push(type));
      }
      const before = gl.createBuffer();
      const loss = gl.getExtension("WEBGL_lose_context");
      loss?.restoreContext();
      expect(errorName(gl)).toBe("INVALID_OPERATION");
      loss?.loseContext();
      expect(gl.isContextLost()).toBe(true);
      expect(gl.getContextAttributes()).toBeNull();
      expect(errorName(gl)).toBe("CONTEXT_LOST_WEBGL");
      expect(errorName(gl)).toBe("NO_ERROR");
      gl.clear(gl.COLOR_BUFFER_BIT);
      expect(gl.isBuffer(before)).toBe(false);
      expect(gl.checkFramebufferStatus(gl.FRAMEBUFFER)).toBe(gl.FRAMEBUFFER_UNSUPPORTED);
      loss?.restoreContext();
      expect(gl.isContextLost()).toBe(false);
      expect(events).toEqual(["webglcontextlost", "webglcontextrestored"]);
      expect(gl.isBuffer(before)).toBe(false);
      gl.bindBuffer(gl.ARRAY_BUFFER, before);
      expect(errorName(gl)).toBe("INVALID_OPERATION");
      cover(gl, RED);
      expect(pixel(gl, 8, 8)).toEqual([255, 0, 0, 255]);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("a context can be destroyed or lost while queries are active", () => {
    for (let count = 0; count < 50; count++) {
      withContext({ backend }, (gl) => {
        gl.beginQuery(gl.ANY_SAMPLES_PASSED, gl.createQuery());
        gl.beginQuery(gl.TRANSFORM_FEEDBACK_PRIMITIVES_WRITTEN, gl.createQuery());
        expect(errorName(gl)).toBe("NO_ERROR");
        if (count % 2) gl.getExtension("WEBGL_lose_context")?.loseContext();
      });
    }
  });

  test("50 destroyed contexts leave less memory behind than 10 contexts use", () => {
    const { stdout } = Bun.spawnSync([process.execPath, `${import.meta.dir}/context-memory.ts`, backend]);
    const { destroyed, kept } = JSON.parse(stdout.toString());
    expect(destroyed).toBeLessThan(kept);
  });

  test("WebGL objects are instances of WebGL's classes", () => {
    withContext({ backend }, (gl) => {
      expect(gl.createBuffer()).toBeInstanceOf(classes.WebGLBuffer);
      expect(gl.createTexture()).toBeInstanceOf(classes.WebGLTexture);
      expect(gl.createFramebuffer()).toBeInstanceOf(classes.WebGLFramebuffer);
      expect(gl.createRenderbuffer()).toBeInstanceOf(classes.WebGLRenderbuffer);
      expect(gl.createProgram()).toBeInstanceOf(classes.WebGLProgram);
      expect(gl.createShader(gl.VERTEX_SHADER)).toBeInstanceOf(classes.WebGLShader);
      expect(gl.createVertexArray()).toBeInstanceOf(classes.WebGLVertexArrayObject);
      expect(gl.createQuery()).toBeInstanceOf(classes.WebGLQuery);
      expect(gl.createSampler()).toBeInstanceOf(classes.WebGLSampler);
      expect(gl.createTransformFeedback()).toBeInstanceOf(classes.WebGLTransformFeedback);
      expect(gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0)).toBeInstanceOf(classes.WebGLSync);
      const precision = gl.getShaderPrecisionFormat(gl.FRAGMENT_SHADER, gl.HIGH_FLOAT);
      expect(precision).toEqual(new classes.WebGLShaderPrecisionFormat(127, 127, 23));
    });
  });

  test("every listed extension is available, by a name in any case", () => {
    withContext({ backend }, (gl) => {
      const names = gl.getSupportedExtensions() ?? [];
      expect(names).toContain("EXT_color_buffer_float");
      expect(names).toContain("OES_texture_float_linear");
      for (const name of names) expect(gl.getExtension(name)).not.toBeNull();
      expect(gl.getExtension("ext_COLOR_buffer_float")).toBe(gl.getExtension("EXT_color_buffer_float"));
      expect(gl.getExtension("WEBGL_teapots")).toBeNull();
      expect(gl.getExtension("EXT_texture_filter_anisotropic").MAX_TEXTURE_MAX_ANISOTROPY_EXT).toBe(0x84ff);
      expect(gl.getParameter(0x84ff)).toBeGreaterThan(1);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });
});
