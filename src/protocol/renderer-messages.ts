import { z } from "zod";
import { segmentNamesSchema } from "./segment-names.ts";

/**
 * What `view` and its renderer process say to each other outside shared memory: JSON, one object a line, down by the
 * renderer's standard input and up by its standard output. Frames and events never go this way.
 */

const point = z.tuple([z.number(), z.number(), z.number()]).readonly();

/** A viewpoint as `/state` reports it and `render --camera` takes it: world units, view angle in degrees. */
export const cameraSchema = z.object({
  position: point,
  focalPoint: point,
  viewUp: point,
  viewAngle: z.number().gt(0).lt(180),
  /** Half the height of an orthographic picture, world units. */
  parallelScale: z.number().positive().optional(),
});

/** First line down: what to show. */
export const rendererConfigSchema = z.object({
  /** Absolute paths; empty shows the built-in demo scene. */
  files: z.array(z.string()),
  /** Pixels. */
  size: z.tuple([z.number(), z.number()]),
  /** The largest picture that a viewer's window may ask for, in pixels. */
  maxSize: z.tuple([z.number(), z.number()]),
  glBackend: z.enum(["auto", "gpu", "mesa", "angle"]),
  up: z.enum(["x", "-x", "y", "-y", "z", "-z"]).optional(),
  /** Absolute path of a folder that may be read in addition to those of the files. */
  root: z.string().optional(),
  background: z.string().optional(),
  logLevel: z.enum(["debug", "info", "warning", "error"]),
  /** The viewpoint to start from; the default frames what was loaded. */
  camera: cameraSchema.optional(),
});
export type RendererConfig = z.infer<typeof rendererConfigSchema>;

/** Later lines down. The end of the stream means: clean up and leave. */
export const rendererCommandSchema = z.object({ type: z.literal("reload") });
export type RendererCommand = z.infer<typeof rendererCommandSchema>;

/** Lines up. */
export const rendererMessageSchema = z.discriminatedUnion("type", [
  /** The segments exist: the server may attach. `driver` is the GL driver's name for itself. */
  z.object({ type: z.literal("names"), names: segmentNamesSchema, driver: z.string() }),
  z.object({ type: z.literal("progress"), fraction: z.number(), phase: z.string() }),
  /** Heartbeat, sent once a second by a timer of the JavaScript thread. */
  z.object({ type: z.literal("alive") }),
  /** The first frame is written. */
  z.object({ type: z.literal("running") }),
  /** The scene was loaded again after a `reload`, or could not be: then the old one stays. */
  z.object({ type: z.literal("reloaded"), error: z.string().optional() }),
  /** Why nothing is visible in the current picture, in a sentence; absent once something is visible again. */
  z.object({ type: z.literal("picture"), problem: z.string().optional() }),
  /** The renderer can not do what was asked, and starting it again would not help. */
  z.object({ type: z.literal("failed"), message: z.string() }),
]);
export type RendererMessage = z.infer<typeof rendererMessageSchema>;
