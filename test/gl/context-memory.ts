/**
 * Prints the memory growth of the process, in bytes, for 50 contexts that are destroyed, and for 10 that are not. It is a
 * separate program, because contexts would reuse memory that earlier tests freed.
 *
 *   bun test/gl/context-memory.ts BACKEND
 */
import { type Backend, createContext, destroyContext } from "../../src/gl/index.ts";

const backend = process.argv[2] as Backend;

/** About 10 MB: the drawing buffer with its samples, a texture and a buffer. */
function create() {
  const gl = createContext(512, 512, { backend });
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 512, 512);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Uint8Array(1 << 20), gl.STATIC_DRAW);
  gl.clear(gl.COLOR_BUFFER_BIT);
  gl.finish();
  return gl;
}

function growth(count: number, use: () => void): number {
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  for (let index = 0; index < count; index++) use();
  Bun.gc(true);
  return process.memoryUsage.rss() - before;
}

const createAndDestroy = () => destroyContext(create());
growth(10, createAndDestroy);
const contexts: unknown[] = [];
const destroyed = growth(50, createAndDestroy);
const kept = growth(10, () => contexts.push(create()));
console.log(JSON.stringify({ destroyed, kept }));
process.exit(0);
