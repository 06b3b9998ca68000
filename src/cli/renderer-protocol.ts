/**
 * Line protocol between `view` and its renderer process: one JSON object per line, requests on the renderer's standard input and
 * messages on its standard output. Frames and input events travel through shared memory instead.
 */
import { z } from "zod";
import type { SceneDocument } from "../document/scene-document.ts";
import { LAYER_PROPERTIES, type LayerKind } from "../layers/layer-properties.ts";
import { commandSchema } from "../protocol/commands.ts";
import { controlValueSchema, panelSchema } from "../protocol/panel.ts";
import { GL_BACKENDS, LOG_LEVELS } from "./option-values.ts";
import type { SceneArguments } from "./scene-arguments.ts";
import { segmentNamesSchema } from "./segment-names.ts";

/** Maximum length of a message, characters: that of a panel or a document with 1,000 layers or controls. */
export const MAX_MESSAGE_LENGTH = 1 << 24;

const KINDS = Object.keys(LAYER_PROPERTIES) as LayerKind[];

const size = z.tuple([z.number(), z.number()]).readonly();

/** With absolute paths. `view` has checked it. */
const documentSchema = z.custom<SceneDocument>((value) => typeof value === "object" && value !== null);

/** What happens to the camera: it stays, it becomes that of the document, or the scene is framed as the document describes. */
const cameraChangeSchema = z.enum(["keep", "set", "frame"]);
export type CameraChange = z.infer<typeof cameraChangeSchema>;

const sceneRequestSchema = z.object({
  document: documentSchema,
  camera: cameraChangeSchema,
  /** Whether the next time step is shown while they are played: its frame is as good as that of an animation. */
  isStep: z.literal(true).optional(),
});
export type SceneRequest = z.infer<typeof sceneRequestSchema>;

const rendererConfigSchema = z.object({
  document: documentSchema,
  /** Show the built-in demo scene while the document has no layers. */
  demo: z.boolean().optional(),
  /** Absolute path of a scene module, which runs after the files of the document are loaded. */
  module: z.string().optional(),
  /** Values that viewers have given to the controls of the module, by the control's name. */
  controlValues: z.record(z.string(), controlValueSchema).optional(),
  /** Initial size of a frame, px. */
  size,
  /** Maximum size that a viewer's window may request, px. */
  maxSize: size,
  glBackend: z.enum(GL_BACKENDS),
  /** Absolute path of a folder that may be read in addition to those of the files. */
  root: z.string().optional(),
  /** Show a sample of the points of a file that exceeds the free memory. */
  fit: z.boolean().optional(),
  logLevel: z.enum(LOG_LEVELS),
});
export type RendererConfig = z.infer<typeof rendererConfigSchema>;
/** Values of the options that `view` and `render` share. */
export type SceneOptions = Omit<
  RendererConfig,
  "controlValues" | "demo" | "document" | "maxSize" | "module"
> &
  SceneArguments;

/** Request to the renderer. The end of the stream means: clean up and exit. */
export const rendererRequestSchema = z.discriminatedUnion("type", [
  /** The first request, sent once: open the GL driver and load the scene. */
  z.object({ type: z.literal("start"), config: rendererConfigSchema }),
  /**
   * Execute a command and answer with a `command-result` of the same `id`. A cancel, a pick and a change of a program's control are executed
   * immediately, other commands in order after the first load.
   */
  z.object({ type: z.literal("command"), id: z.number(), command: commandSchema }),
  /** Show a changed document, in the same order as commands, and answer with a `command-result` of the same `id`. */
  z.object({ type: z.literal("scene"), id: z.number(), scene: sceneRequestSchema }),
]);
export type RendererRequest = z.infer<typeof rendererRequestSchema>;

export const rendererMessageSchema = z.discriminatedUnion("type", [
  /** The GL driver is open and the segments exist, so the server may attach. `driver`: GL_RENDERER. */
  z.object({ type: z.literal("segments"), names: segmentNamesSchema, driver: z.string() }),
  /** Progress of loading: fraction from 0 to 1, and a verb ("reading") or a phrase ("drawing the first picture"). */
  z.object({ type: z.literal("progress"), fraction: z.number(), phase: z.string() }),
  /** Sent once a second by a timer of the JavaScript thread. */
  z.object({ type: z.literal("heartbeat") }),
  /** The first frame is written. `problem`: sentences that say why it does not show the files. */
  z.object({ type: z.literal("running"), problem: z.string().optional() }),
  /** A scene was loaded: the kinds of its layers by id. */
  z.object({ type: z.literal("layers"), kinds: z.record(z.string(), z.enum(KINDS)) }),
  /** What can be set, and facts about the layers. */
  z.object({ type: z.literal("panel"), panel: panelSchema }),
  /** Values of a program's controls that have changed since the last "panel", by the control's name. */
  z.object({ type: z.literal("control-values"), values: z.record(z.string(), controlValueSchema) }),
  /** The animation has begun to play, or has stopped: for how long it had played, s. */
  z.object({ type: z.literal("animation"), seconds: z.number(), isRunning: z.boolean() }),
  /** A viewer has dragged clip planes in the picture: the new value of `clipPlanes` of the view. */
  z.object({ type: z.literal("clip"), planes: z.string() }),
  /** Drawn share of a full view that takes longer than half a second, 0 to 1; absent once the view is complete or abandoned. */
  z.object({ type: z.literal("completeness"), share: z.number().optional() }),
  /** Outcome of a command. `error`: a sentence that says why it failed; the view is as before. `result`: the answer, if it asks for something. */
  z.object({
    type: z.literal("command-result"),
    id: z.number(),
    error: z.string().optional(),
    result: z.record(z.string(), z.unknown()).optional(),
  }),
  /** `problem`: a sentence that says why nothing is visible in the frame; absent once something is visible again. */
  z.object({ type: z.literal("visibility"), problem: z.string().optional() }),
  /** An error of the module after its scene was shown, as one sentence; the scene stays as it is. */
  z.object({ type: z.literal("module-error"), error: z.string() }),
  /** Fatal: another renderer process would fail in the same way. */
  z.object({ type: z.literal("failed"), message: z.string() }),
]);
export type RendererMessage = z.infer<typeof rendererMessageSchema>;

export function formatLine(object: RendererRequest | RendererMessage): string {
  return `${JSON.stringify(object)}\n`;
}

/** Parses a line by the schema of its direction. @returns undefined if the line does not match */
export function parseLine<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
