import { describe, expect, test } from "bun:test";
import { backends, COVER, compile, cover, errorName, pixel, withContext } from "./support.ts";

describe.each(backends)("%s", (backend) => {
  test("getUniform returns the values that uniform calls set, in their types", () => {
    withContext({ backend }, (gl) => {
      const program = cover(
        gl,
        `uniform float f; uniform vec3 v; uniform mat2x3 m; uniform int i; uniform uvec2 u; uniform bvec2 b;
         uniform float list[3]; uniform sampler2D s;
         void main() {
           color = vec4(f + v.x + m[1].z + float(i) + float(u.y) + float(b.x) + list[2] + texture(s, uv).x);
         }`,
      );
      const locationOf = (name: string) => gl.getUniformLocation(program, name);
      const read = (name: string) => {
        const location = locationOf(name);
        return location && gl.getUniform(program, location);
      };
      gl.uniform1f(locationOf("f"), 0.5);
      gl.uniform3fv(locationOf("v"), [1, 2, 3]);
      gl.uniformMatrix2x3fv(locationOf("m"), false, new Float32Array([0, 1, 2, 3, 4, 5, 6]), 1);
      gl.uniform1i(locationOf("i"), -7);
      gl.uniform2ui(locationOf("u"), 1, 4_000_000_000);
      gl.uniform2i(locationOf("b"), 0, 5);
      gl.uniform1fv(locationOf("list"), new Float32Array([9, 8, 7, 6]), 1, 3);
      gl.uniform1i(locationOf("s"), 3);
      expect(read("f")).toBe(0.5);
      expect(read("v")).toEqual(new Float32Array([1, 2, 3]));
      expect(read("m")).toEqual(new Float32Array([1, 2, 3, 4, 5, 6]));
      expect(read("i")).toBe(-7);
      expect(read("u")).toEqual(new Uint32Array([1, 4_000_000_000]));
      expect(read("b")).toEqual([false, true]);
      expect(read("list[2]")).toBe(6);
      expect(read("s")).toBe(3);
      expect(locationOf("nothing")).toBeNull();
      gl.uniform1f(null, 1);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("active attributes and uniforms have a name, size and type", () => {
    withContext({ backend }, (gl) => {
      const program = compile(
        gl,
        "in vec3 place; in mat2 twist; void main() { gl_Position = vec4(place.xy * twist, place.z, 1); }",
        "uniform vec4 tint[2]; out vec4 color; void main() { color = tint[0] + tint[1]; }",
      );
      const attributes = Array.from(
        { length: Number(gl.getProgramParameter(program, gl.ACTIVE_ATTRIBUTES)) },
        (_, i) => gl.getActiveAttrib(program, i),
      );
      expect(attributes.map((info) => [info?.name, info?.size, info?.type]).sort()).toEqual([
        ["place", 1, gl.FLOAT_VEC3],
        ["twist", 1, gl.FLOAT_MAT2],
      ]);
      expect(gl.getAttribLocation(program, "place")).toBeGreaterThanOrEqual(0);
      expect(gl.getAttribLocation(program, "nothing")).toBe(-1);
      expect(gl.getActiveUniform(program, 0)).toMatchObject({
        name: "tint[0]",
        size: 2,
        type: gl.FLOAT_VEC4,
      });
      expect(gl.getFragDataLocation(program, "color")).toBe(0);
      expect(gl.getAttachedShaders(program)?.length).toBe(2);
    });
  });

  test("the info log of an invalid shader contains the line of the error", () => {
    withContext({ backend }, (gl) => {
      const shader = gl.createShader(gl.FRAGMENT_SHADER);
      if (!shader) throw new Error("no shader");
      const source = "#version 300 es\nvoid main() {\n  nonsense();\n}\n";
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      expect(gl.getShaderSource(shader)).toBe(source);
      expect(gl.getShaderParameter(shader, gl.COMPILE_STATUS)).toBe(false);
      expect(gl.getShaderInfoLog(shader)).toMatch(/0:3.*nonsense/s);
    });
  });

  test("a deleted program remains usable until another program is used", () => {
    withContext({ backend }, (gl) => {
      const program = cover(gl, "void main() { color = vec4(0, 1, 0, 1); }");
      gl.deleteProgram(program);
      expect(gl.isProgram(program)).toBe(true);
      expect(gl.getProgramParameter(program, gl.DELETE_STATUS)).toBe(true);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      expect(pixel(gl, 8, 8)).toEqual([0, 255, 0, 255]);
      gl.useProgram(null);
      expect(gl.isProgram(program)).toBe(false);
      gl.getProgramParameter(program, gl.DELETE_STATUS);
      expect(errorName(gl)).toBe("INVALID_VALUE");
    });
  });

  test("uniform blocks can be bound and queried, and shaders read them", () => {
    withContext({ backend }, (gl) => {
      const program = compile(
        gl,
        COVER,
        "layout(std140) uniform Light { vec4 tint; float level; };\nout vec4 color;\nvoid main() { color = tint * level; }",
      );
      const block = gl.getUniformBlockIndex(program, "Light");
      expect(gl.getUniformBlockIndex(program, "Dark")).toBe(gl.INVALID_INDEX);
      expect(gl.getActiveUniformBlockName(program, block)).toBe("Light");
      expect(
        gl.getActiveUniformBlockParameter(program, block, gl.UNIFORM_BLOCK_DATA_SIZE),
      ).toBeGreaterThanOrEqual(20);
      const used = gl.getActiveUniformBlockParameter(
        program,
        block,
        gl.UNIFORM_BLOCK_REFERENCED_BY_FRAGMENT_SHADER,
      );
      expect(used).toBe(true);
      const indices = gl.getUniformIndices(program, ["level", "tint"]) ?? [];
      expect(gl.getActiveUniforms(program, indices, gl.UNIFORM_OFFSET)).toEqual([16, 0]);
      expect(gl.getActiveUniforms(program, indices, gl.UNIFORM_IS_ROW_MAJOR)).toEqual([false, false]);
      gl.uniformBlockBinding(program, block, 2);
      const buffer = gl.createBuffer();
      gl.bindBuffer(gl.UNIFORM_BUFFER, buffer);
      gl.bufferData(gl.UNIFORM_BUFFER, new Float32Array([1, 0, 1, 1, 0.5, 0, 0, 0]), gl.DYNAMIC_DRAW);
      gl.bindBufferBase(gl.UNIFORM_BUFFER, 2, buffer);
      expect(gl.getIndexedParameter(gl.UNIFORM_BUFFER_BINDING, 2)).toBe(buffer);
      gl.useProgram(program);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      expect(pixel(gl, 8, 8)).toEqual([128, 0, 128, 128]);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("vertex arrays store attribute pointers, and generic attribute values keep their type", () => {
    withContext({ backend }, (gl) => {
      const array = gl.createVertexArray();
      const buffer = gl.createBuffer();
      gl.bindVertexArray(array);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(2);
      gl.vertexAttribPointer(2, 3, gl.UNSIGNED_SHORT, true, 8, 2);
      gl.vertexAttribDivisor(2, 4);
      const attribute = (name: number) => gl.getVertexAttrib(2, name);
      const names = [
        gl.VERTEX_ATTRIB_ARRAY_ENABLED,
        gl.VERTEX_ATTRIB_ARRAY_SIZE,
        gl.VERTEX_ATTRIB_ARRAY_TYPE,
      ];
      expect(names.map(attribute)).toEqual([true, 3, gl.UNSIGNED_SHORT]);
      const layoutNames = [
        gl.VERTEX_ATTRIB_ARRAY_NORMALIZED,
        gl.VERTEX_ATTRIB_ARRAY_STRIDE,
        gl.VERTEX_ATTRIB_ARRAY_DIVISOR,
      ];
      expect(layoutNames.map(attribute)).toEqual([true, 8, 4]);
      expect(attribute(gl.VERTEX_ATTRIB_ARRAY_BUFFER_BINDING)).toBe(buffer);
      expect(gl.getVertexAttribOffset(2, gl.VERTEX_ATTRIB_ARRAY_POINTER)).toBe(2);
      gl.bindVertexArray(null);
      expect(attribute(gl.VERTEX_ATTRIB_ARRAY_ENABLED)).toBe(false);
      gl.vertexAttribI4ui(1, 1, 2, 3, 4_000_000_000);
      expect(gl.getVertexAttrib(1, gl.CURRENT_VERTEX_ATTRIB)).toEqual(
        new Uint32Array([1, 2, 3, 4_000_000_000]),
      );
      gl.vertexAttrib2f(1, 0.5, 0.25);
      expect(gl.getVertexAttrib(1, gl.CURRENT_VERTEX_ATTRIB)).toEqual(new Float32Array([0.5, 0.25, 0, 1]));
    });
  });

  test("drawElementsInstanced draws indexed instances", () => {
    withContext({ backend }, (gl) => {
      const vertex = `layout(location = 0) in vec2 place; layout(location = 1) in float shift;
        void main() { gl_Position = vec4(place.x * 0.25 + shift, place.y, 0, 1); }`;
      gl.useProgram(compile(gl, vertex, "out vec4 color;\nvoid main() { color = vec4(1); }"));
      const attribute = (index: number, size: number, data: number[], divisor: number) => {
        gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
        gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(data), gl.STATIC_DRAW);
        gl.enableVertexAttribArray(index);
        gl.vertexAttribPointer(index, size, gl.FLOAT, false, 0, 0);
        gl.vertexAttribDivisor(index, divisor);
      };
      attribute(0, 2, [-1, -1, 1, -1, -1, 1, 1, 1], 0);
      attribute(1, 1, [-0.75, 0.75], 1);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, new Uint16Array([0, 1, 2, 2, 1, 3]), gl.STATIC_DRAW);
      gl.drawElementsInstanced(gl.TRIANGLES, 6, gl.UNSIGNED_SHORT, 0, 2);
      expect([1, 8, 14].map((x) => pixel(gl, x, 8)[0])).toEqual([255, 0, 255]);
      gl.drawElementsInstanced(gl.TRIANGLES, 6, gl.UNSIGNED_SHORT, 0, 3);
      expect(errorName(gl)).toBe("INVALID_OPERATION");
    });
  });

  test("transform feedback writes the outputs of the vertex shader", () => {
    withContext({ backend }, (gl) => {
      const program = gl.createProgram();
      const sources = [
        [
          gl.VERTEX_SHADER,
          "in float value; out float doubled; void main() { doubled = value * 2.0; gl_Position = vec4(0); }",
        ],
        [gl.FRAGMENT_SHADER, "precision mediump float; out vec4 color; void main() { color = vec4(1); }"],
      ] as const;
      for (const [type, source] of sources) {
        const shader = gl.createShader(type);
        if (!shader) throw new Error("no shader");
        gl.shaderSource(shader, `#version 300 es\n${source}`);
        gl.compileShader(shader);
        gl.attachShader(program, shader);
      }
      gl.transformFeedbackVaryings(program, ["doubled"], gl.SEPARATE_ATTRIBS);
      gl.linkProgram(program);
      gl.useProgram(program);
      expect(gl.getTransformFeedbackVarying(program, 0)).toMatchObject({
        name: "doubled",
        size: 1,
        type: gl.FLOAT,
      });
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([1, 2, 3]), gl.STATIC_DRAW);
      const location = gl.getAttribLocation(program, "value");
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, 1, gl.FLOAT, false, 0, 0);
      const feedback = gl.createTransformFeedback();
      gl.bindTransformFeedback(gl.TRANSFORM_FEEDBACK, feedback);
      const output = gl.createBuffer();
      gl.bindBufferBase(gl.TRANSFORM_FEEDBACK_BUFFER, 0, output);
      gl.bufferData(gl.TRANSFORM_FEEDBACK_BUFFER, 12, gl.STREAM_READ);
      const query = gl.createQuery();
      gl.enable(gl.RASTERIZER_DISCARD);
      gl.beginQuery(gl.TRANSFORM_FEEDBACK_PRIMITIVES_WRITTEN, query);
      gl.beginTransformFeedback(gl.POINTS);
      expect(gl.getParameter(gl.TRANSFORM_FEEDBACK_ACTIVE)).toBe(true);
      gl.drawArrays(gl.POINTS, 0, 3);
      gl.endTransformFeedback();
      gl.endQuery(gl.TRANSFORM_FEEDBACK_PRIMITIVES_WRITTEN);
      const values = new Float32Array(3);
      gl.getBufferSubData(gl.TRANSFORM_FEEDBACK_BUFFER, 0, values);
      expect([...values]).toEqual([2, 4, 6]);
      expect(gl.getQueryParameter(query, gl.QUERY_RESULT)).toBe(3);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("an occlusion query reports whether samples passed, and a fence reports completion", () => {
    withContext({ backend }, (gl) => {
      const samplesPassed = (scissor: [number, number, number, number]) => {
        const query = gl.createQuery();
        gl.scissor(...scissor);
        gl.beginQuery(gl.ANY_SAMPLES_PASSED, query);
        expect(gl.getQuery(gl.ANY_SAMPLES_PASSED, gl.CURRENT_QUERY)).toBe(query);
        gl.drawArrays(gl.TRIANGLES, 0, 3);
        gl.endQuery(gl.ANY_SAMPLES_PASSED);
        const sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
        if (!sync) throw new Error("no fence");
        const waitResult = gl.clientWaitSync(sync, gl.SYNC_FLUSH_COMMANDS_BIT, 1e9);
        expect([gl.ALREADY_SIGNALED, gl.CONDITION_SATISFIED] as number[]).toContain(waitResult);
        expect(gl.getSyncParameter(sync, gl.SYNC_STATUS)).toBe(gl.SIGNALED);
        gl.deleteSync(sync);
        expect(gl.isSync(sync)).toBe(false);
        return gl.getQueryParameter(query, gl.QUERY_RESULT);
      };
      gl.useProgram(compile(gl, COVER, "out vec4 color;\nvoid main() { color = vec4(1); }"));
      gl.enable(gl.SCISSOR_TEST);
      expect(samplesPassed([0, 0, 16, 16])).toBe(1);
      expect(samplesPassed([0, 0, 0, 0])).toBe(0);
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });

  test("getParameter returns a value of the right type", () => {
    withContext({ backend }, (gl) => {
      const types: [unknown, string][] = [
        [gl.getParameter(gl.MAX_TEXTURE_SIZE), "number"],
        [gl.getParameter(gl.MAX_UNIFORM_BLOCK_SIZE), "number"],
        [gl.getParameter(gl.MAX_ELEMENT_INDEX), "number"],
        [gl.getParameter(gl.MAX_TEXTURE_LOD_BIAS), "number"],
        [gl.getParameter(gl.BLEND), "boolean"],
        [gl.getParameter(gl.UNPACK_FLIP_Y_WEBGL), "boolean"],
        [gl.getParameter(gl.RENDERER), "string"],
      ];
      for (const [value, type] of types) expect(typeof value).toBe(type as "number");
      expect(Number(gl.getParameter(gl.STENCIL_WRITEMASK)) & 0xff).toBe(0xff);
      expect(gl.getParameter(gl.DEPTH_RANGE)).toEqual(new Float32Array([0, 1]));
      expect(gl.getParameter(gl.MAX_VIEWPORT_DIMS)).toBeInstanceOf(Int32Array);
      expect(gl.getParameter(gl.COMPRESSED_TEXTURE_FORMATS)).toEqual(new Uint32Array());
      const bindings = Object.keys(Object.getPrototypeOf(gl)).filter((name) => /_BINDING(_|$)/.test(name));
      for (const name of bindings) {
        const indexed = /^(UNIFORM_BLOCK|VERTEX_ATTRIB)/.test(name);
        if (!indexed) expect(gl.getParameter(gl[name as "TEXTURE_BINDING_2D"])).toBeNull();
      }
      expect(errorName(gl)).toBe("NO_ERROR");
    });
  });
});
