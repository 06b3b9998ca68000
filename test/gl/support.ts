import {
  type Backend,
  type ContextOptions,
  createContext,
  destroyContext,
  listDrivers,
  type WebGL2RenderingContext,
  type WebGLProgram,
} from "../../src/gl/index.ts";

/** Backends that are available on this machine. Prints the others with the reason. */
export const backends: Exclude<Backend, "auto">[] = listDrivers().flatMap((driver) => {
  if (driver.available) return [driver.name];
  console.log(`driver ${driver.name} is not tested: ${driver.reason}`);
  return [];
});

/** Runs `use` with a context and destroys it. Defaults: 16x16 pixels, no antialiasing. */
export function withContext<Result>(
  options: ContextOptions & { size?: [number, number] },
  use: (gl: WebGL2RenderingContext) => Result,
): Result {
  const [width, height] = options.size ?? [16, 16];
  const gl = createContext(width, height, { antialias: false, ...options });
  try {
    return use(gl);
  } finally {
    destroyContext(gl);
  }
}

/** RGBA of one pixel; `y` counts from the bottom. */
export function pixel(gl: WebGL2RenderingContext, x: number, y: number): number[] {
  const rgba = new Uint8Array(4);
  gl.readPixels(x, y, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
  return [...rgba];
}

export function compile(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error("no shader");
    gl.shaderSource(shader, `#version 300 es\nprecision highp float;\n${source}`);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader) ?? "");
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "");
  return program;
}

/** Vertex shader of a triangle that covers the viewport; `uv` ranges from 0 to 1. */
export const COVER = `out vec2 uv;
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3 : -1, gl_VertexID == 2 ? 3 : -1);
  uv = corner * 0.5 + 0.5;
  gl_Position = vec4(corner, 0, 1);
}`;

/** Draws `fragment`, which writes `color`, over the whole viewport. */
export function cover(gl: WebGL2RenderingContext, fragment: string): WebGLProgram {
  const program = compile(gl, COVER, `in vec2 uv;\nout vec4 color;\n${fragment}`);
  gl.useProgram(program);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
  return program;
}

/** Name of a GL error. */
export function errorName(gl: WebGL2RenderingContext, error = gl.getError()): string {
  const names = [
    "NO_ERROR",
    "INVALID_ENUM",
    "INVALID_VALUE",
    "INVALID_OPERATION",
    "INVALID_FRAMEBUFFER_OPERATION",
  ];
  const all = [...names, "OUT_OF_MEMORY", "CONTEXT_LOST_WEBGL"] as const;
  return all.find((name) => gl[name as "NO_ERROR"] === error) ?? `0x${error.toString(16)}`;
}
