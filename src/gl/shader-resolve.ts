import type { NativeGl } from "./bindings.generated.ts";
import * as GL from "./constants.generated.ts";
import type { Driver, ExtensionFunctions } from "./driver.ts";
import { linkProgram } from "./link-program.ts";
import { ints } from "./scratch.ts";

const TEXTURE_2D_MULTISAMPLE = 0x9100;

const VERTEX_SHADER = `#version 310 es
void main() {
  gl_Position = vec4(vec2(gl_VertexID % 2, gl_VertexID / 2) * 4.0 - 1.0, 0.0, 1.0);
}`;

const FRAGMENT_SHADER = `#version 310 es
precision highp float;
layout(location = 0) uniform highp sampler2DMS samples;
out vec4 color;
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  color = 0.25 * (texelFetch(samples, at, 0) + texelFetch(samples, at, 1) + texelFetch(samples, at, 2) + texelFetch(samples, at, 3));
}`;

/**
 * Resolves four samples per pixel by drawing with a shader. Mesa 22's llvmpipe compiles the shader of its own glBlitFramebuffer
 * again in each process, 48 ms of the first frame, but takes the machine code of an application's shader from its disk cache.
 */
export class ShaderResolve {
  readonly samples = 4;
  readonly #gl: NativeGl;
  readonly #storage: NonNullable<ExtensionFunctions["glTexStorage2DMultisample"]>;
  readonly #program: number;
  readonly #vertexArray: number;
  #texture = 0;

  private constructor(
    gl: NativeGl,
    storage: NonNullable<ExtensionFunctions["glTexStorage2DMultisample"]>,
    program: number,
  ) {
    this.#gl = gl;
    this.#storage = storage;
    this.#program = program;
    gl.glGenVertexArrays(1, ints);
    this.#vertexArray = ints[0] ?? 0;
  }

  /** Undefined if the driver's blit is as fast, or the driver lacks multisampled textures. */
  static create({ gl, extensionFunctions, renderer }: Driver): ShaderResolve | undefined {
    const storage = extensionFunctions.glTexStorage2DMultisample;
    if (!renderer.startsWith("llvmpipe") || storage === undefined) return undefined;
    const program = linkProgram(gl, VERTEX_SHADER, FRAGMENT_SHADER);
    gl.glGetProgramiv(program, GL.LINK_STATUS, ints);
    return ints[0] === 1 ? new ShaderResolve(gl, storage, program) : undefined;
  }

  /** Allocates the multisampled texture, and attaches it to the bound draw framebuffer. */
  attach(format: number, width: number, height: number): void {
    const gl = this.#gl;
    this.release();
    gl.glGenTextures(1, ints);
    this.#texture = ints[0] ?? 0;
    // WebGL 2 has no such target, so the application's bindings stay as they are.
    gl.glBindTexture(TEXTURE_2D_MULTISAMPLE, this.#texture);
    this.#storage(TEXTURE_2D_MULTISAMPLE, this.samples, format, width, height, 1);
    gl.glFramebufferTexture2D(
      GL.DRAW_FRAMEBUFFER,
      GL.COLOR_ATTACHMENT0,
      TEXTURE_2D_MULTISAMPLE,
      this.#texture,
      0,
    );
  }

  /** Frees the texture, whose size cannot be changed. */
  release(): void {
    if (this.#texture === 0) return;
    ints[0] = this.#texture;
    this.#gl.glDeleteTextures(1, ints);
    this.#texture = 0;
  }

  /** Draws the resolved pixels into the bound draw framebuffer. Restores the application's state. */
  draw(width: number, height: number): void {
    const gl = this.#gl;
    const integer = (name: number): number => {
      gl.glGetIntegerv(name, ints);
      return ints[0] ?? 0;
    };
    const enabled = [GL.BLEND, GL.CULL_FACE, GL.RASTERIZER_DISCARD, GL.SCISSOR_TEST].filter((capability) =>
      gl.glIsEnabled(capability),
    );
    const program = integer(GL.CURRENT_PROGRAM);
    const vertexArray = integer(GL.VERTEX_ARRAY_BINDING);
    const unit = integer(GL.ACTIVE_TEXTURE);
    gl.glGetIntegerv(GL.VIEWPORT, ints);
    const [x = 0, y = 0, viewportWidth = 0, viewportHeight = 0] = ints;
    gl.glGetIntegerv(GL.COLOR_WRITEMASK, ints);
    const [red = 1, green = 1, blue = 1, alpha = 1] = ints;
    for (const capability of enabled) gl.glDisable(capability);
    gl.glViewport(0, 0, width, height);
    gl.glColorMask(1, 1, 1, 1);
    gl.glBindVertexArray(this.#vertexArray);
    gl.glUseProgram(this.#program);
    gl.glBindTexture(TEXTURE_2D_MULTISAMPLE, this.#texture);
    gl.glUniform1i(0, unit - GL.TEXTURE0);
    gl.glDrawArrays(GL.TRIANGLES, 0, 3);
    gl.glUseProgram(program);
    gl.glBindVertexArray(vertexArray);
    gl.glColorMask(red, green, blue, alpha);
    gl.glViewport(x, y, viewportWidth, viewportHeight);
    for (const capability of enabled) gl.glEnable(capability);
  }
}
