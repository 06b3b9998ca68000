export { WebGL2RenderingContext } from "./context.ts";
export type { ResolvedAttributes } from "./context-state.ts";
export {
  type AvailableDriver,
  type ContextOptions,
  createContext,
  type DriverReport,
  destroyContext,
  listDrivers,
} from "./create-context.ts";
export { DrawingBufferError } from "./drawing-buffer.ts";
export type { DriverName } from "./driver.ts";
export { BACKENDS, type Backend, isSoftwareRenderer, NoDriverError } from "./drivers.ts";
export type {
  DestroyExtension,
  LoseContextExtension,
  ResizeExtension,
  SamplesExtension,
} from "./extensions.ts";
export type { PixelSource } from "./image-source.ts";
export {
  WebGLActiveInfo,
  WebGLBuffer,
  WebGLFramebuffer,
  WebGLObject,
  WebGLProgram,
  WebGLQuery,
  WebGLRenderbuffer,
  WebGLSampler,
  WebGLShader,
  WebGLShaderPrecisionFormat,
  WebGLSync,
  WebGLTexture,
  WebGLTransformFeedback,
  WebGLUniformLocation,
  WebGLVertexArrayObject,
} from "./objects.ts";
