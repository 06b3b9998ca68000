import type { NativeGl } from "./bindings.generated.ts";
import * as GL from "./constants.generated.ts";
import type { Driver } from "./driver.ts";
import { linkProgram } from "./link-program.ts";
import { cString, ints, nativeArray } from "./scratch.ts";

const VERTEX_SHADER = `#version 300 es
void main() {
  gl_Position = vec4(vec2(gl_VertexID % 2, gl_VertexID / 2) * 4.0 - 1.0, 0.0, 1.0);
}`;

const FRAGMENT_SHADER = `#version 300 es
precision highp float;
uniform highp sampler2D depths;
uniform ivec2 place;
out highp uint bits;
void main() {
  bits = floatBitsToUint(texelFetch(depths, place, 0).r);
}`;

/** A framebuffer with a depth buffer. */
interface DepthSource {
  /** Native name. */
  readonly framebuffer: number;
  /** Of its depth buffer. */
  readonly format: number;
  readonly width: number;
  readonly height: number;
  /** 0: no multisampling. */
  readonly samples: number;
}

const CAPABILITIES = [
  ...[GL.BLEND, GL.CULL_FACE, GL.DEPTH_TEST, GL.RASTERIZER_DISCARD, GL.SCISSOR_TEST, GL.STENCIL_TEST],
];

/**
 * Reads the depth of single pixels, which glReadPixels of OpenGL ES cannot: a blit copies the pixel into a texture, and a shader writes
 * the bits of its depth as an integer. Restores the application's state.
 */
export class DepthReader {
  readonly #gl: NativeGl;
  readonly #program: number;
  readonly #place: number;
  readonly #vertexArray: number;
  readonly #copy: number;
  readonly #output: number;
  readonly #bits = nativeArray(Uint32Array, 4);
  #texture = 0;
  /** Format and size of the texture. */
  #textureKey = "";

  constructor({ gl }: Driver) {
    this.#gl = gl;
    this.#program = linkProgram(gl, VERTEX_SHADER, FRAGMENT_SHADER);
    this.#place = gl.glGetUniformLocation(this.#program, cString("place"));
    gl.glGenVertexArrays(1, ints);
    this.#vertexArray = ints[0] ?? 0;
    gl.glGenFramebuffers(2, ints);
    [this.#copy = 0, this.#output = 0] = ints;
    const binding = this.#integer(GL.RENDERBUFFER_BINDING);
    const drawBinding = this.#integer(GL.DRAW_FRAMEBUFFER_BINDING);
    gl.glGenRenderbuffers(1, ints);
    const [renderbuffer = 0] = ints;
    gl.glBindRenderbuffer(GL.RENDERBUFFER, renderbuffer);
    gl.glRenderbufferStorage(GL.RENDERBUFFER, GL.R32UI, 1, 1);
    gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, this.#output);
    gl.glFramebufferRenderbuffer(GL.DRAW_FRAMEBUFFER, GL.COLOR_ATTACHMENT0, GL.RENDERBUFFER, renderbuffer);
    gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, drawBinding);
    gl.glBindRenderbuffer(GL.RENDERBUFFER, binding);
  }

  /** Returns the depth of a pixel, 0 (near) to 1 (far or background). Rows are bottom-up; the pixel must be inside. */
  read(source: DepthSource, x: number, y: number): number {
    const gl = this.#gl;
    const enabled = CAPABILITIES.filter((capability) => gl.glIsEnabled(capability));
    const [drawBinding, readBinding, program, vertexArray, unit, packBuffer] = [
      GL.DRAW_FRAMEBUFFER_BINDING,
      GL.READ_FRAMEBUFFER_BINDING,
      GL.CURRENT_PROGRAM,
      GL.VERTEX_ARRAY_BINDING,
      GL.ACTIVE_TEXTURE,
      GL.PIXEL_PACK_BUFFER_BINDING,
    ].map((name) => this.#integer(name)) as [number, number, number, number, number, number];
    const texture = this.#integer(GL.TEXTURE_BINDING_2D);
    gl.glGetIntegerv(GL.VIEWPORT, ints);
    const [viewportX = 0, viewportY = 0, viewportWidth = 0, viewportHeight = 0] = ints;
    gl.glGetIntegerv(GL.COLOR_WRITEMASK, ints);
    const [red = 1, green = 1, blue = 1, alpha = 1] = ints;
    for (const capability of enabled) gl.glDisable(capability);

    // Multisampled pixels can only be copied to the same place.
    const isMultisampled = source.samples > 0;
    const [toX, toY] = isMultisampled ? [x, y] : [0, 0];
    gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, source.framebuffer);
    gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, this.#copy);
    this.#provideTexture(source.format, ...(isMultisampled ? [source.width, source.height] : [1, 1]));
    gl.glBlitFramebuffer(x, y, x + 1, y + 1, toX, toY, toX + 1, toY + 1, GL.DEPTH_BUFFER_BIT, GL.NEAREST);

    gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, this.#output);
    gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, this.#output);
    gl.glBindTexture(GL.TEXTURE_2D, this.#texture);
    gl.glViewport(0, 0, 1, 1);
    gl.glColorMask(1, 1, 1, 1);
    gl.glBindVertexArray(this.#vertexArray);
    gl.glUseProgram(this.#program);
    gl.glUniform1i(gl.glGetUniformLocation(this.#program, cString("depths")), unit - GL.TEXTURE0);
    gl.glUniform2i(this.#place, toX, toY);
    gl.glDrawArrays(GL.TRIANGLES, 0, 3);
    gl.glBindBuffer(GL.PIXEL_PACK_BUFFER, 0);
    gl.glReadPixels(0, 0, 1, 1, GL.RED_INTEGER, GL.UNSIGNED_INT, this.#bits);

    gl.glBindBuffer(GL.PIXEL_PACK_BUFFER, packBuffer);
    gl.glUseProgram(program);
    gl.glBindVertexArray(vertexArray);
    gl.glBindTexture(GL.TEXTURE_2D, texture);
    gl.glColorMask(red, green, blue, alpha);
    gl.glViewport(viewportX, viewportY, viewportWidth, viewportHeight);
    for (const capability of enabled) gl.glEnable(capability);
    gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, drawBinding);
    gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, readBinding);
    return new Float32Array(this.#bits.buffer)[0] ?? 1;
  }

  /** Attaches a texture of this format and size to the bound draw framebuffer. */
  #provideTexture(format: number, width = 1, height = 1): void {
    const gl = this.#gl;
    const key = `${format} ${width} ${height}`;
    if (key === this.#textureKey) return;
    ints[0] = this.#texture;
    if (this.#texture !== 0) gl.glDeleteTextures(1, ints);
    gl.glGenTextures(1, ints);
    this.#texture = ints[0] ?? 0;
    this.#textureKey = key;
    const binding = this.#integer(GL.TEXTURE_BINDING_2D);
    gl.glBindTexture(GL.TEXTURE_2D, this.#texture);
    gl.glTexStorage2D(GL.TEXTURE_2D, 1, format, width, height);
    for (const filter of [GL.TEXTURE_MIN_FILTER, GL.TEXTURE_MAG_FILTER])
      gl.glTexParameteri(GL.TEXTURE_2D, filter, GL.NEAREST);
    gl.glBindTexture(GL.TEXTURE_2D, binding);
    const attachment = format === GL.DEPTH24_STENCIL8 ? GL.DEPTH_STENCIL_ATTACHMENT : GL.DEPTH_ATTACHMENT;
    gl.glFramebufferTexture2D(GL.DRAW_FRAMEBUFFER, attachment, GL.TEXTURE_2D, this.#texture, 0);
  }

  #integer(name: number): number {
    this.#gl.glGetIntegerv(name, ints);
    return ints[0] ?? 0;
  }
}
