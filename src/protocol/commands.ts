/**
 * Commands to the renderer. A page or a program sends them in CommandMessage to the server, which checks the sender's role and
 * passes them to the renderer process. The outcome returns on the same path, as CommandResultMessage. Unlike input events, which
 * travel through shared memory, a command is confirmed.
 */
import { z } from "zod";
import { type CameraState, cameraSchema } from "./camera-state.ts";
import { MAX_RESIZE_PIXELS } from "./limits.ts";
import { type ControlValue, controlValueSchema } from "./panel.ts";
import { PICK_PURPOSES, type PickPurpose } from "./pick.ts";
import type { Role } from "./role.ts";

export type RendererCommand =
  /** Loads the files again. If that fails, the old scene stays. */
  | { type: "reload" }
  /** Ends a load in progress. What was shown before stays: the old scene, or the points of a preview. */
  | { type: "cancel" }
  /** Sets the camera, as `/state` reports it. */
  | { type: "camera"; camera: CameraState }
  /** Sets the size of the view in px, until a viewer's window requests another. */
  | { type: "resize"; width: number; height: number }
  /** Moves the slices of volumes to these coordinates, in the unit of the files; others stay. */
  | { type: "slices"; x?: number | undefined; y?: number | undefined; z?: number | undefined }
  /** Changes properties of a layer of the scene document by its id, and no others; null: the default. */
  | { type: "layer"; layer: string; change: Readonly<Record<string, unknown>> }
  /** Changes the order of the layers of the scene document: the ids of all of them. */
  | { type: "order"; layers: readonly string[] }
  /** Moves the camera so that a layer of the scene document, by its id, fits the view; the direction stays. */
  | { type: "focus"; layer: string }
  /** Applies a JSON merge patch to the scene document, as `PATCH /scene`. */
  | { type: "scene"; patch: Readonly<Record<string, unknown>> }
  /** Plays or stops the time steps. `speed`: steps per second, unchanged by default. */
  | { type: "play"; isPlaying: boolean; speed?: number | undefined }
  /** Sets a control of a program, or executes an action: that has no value. */
  | { type: "control"; control: string; value?: ControlValue | undefined }
  /**
   * Asks what the newest frame shows at a place; the result is a PickResult. `x`, `y`: fractions of the view, y down. The newest question of a
   * viewer replaces one that waits. `purpose`: "hover" by default; a "click" is an event for the program, if the viewer may steer.
   */
  | { type: "pick"; x: number; y: number; purpose?: PickPurpose | undefined };

export type CommandType = RendererCommand["type"];

/** The role that each command requires. */
export const COMMAND_ROLES: Readonly<Record<CommandType, Role>> = {
  reload: "control",
  cancel: "control",
  camera: "control",
  resize: "control",
  slices: "control",
  layer: "control",
  order: "control",
  focus: "control",
  scene: "control",
  play: "control",
  control: "control",
  pick: "view",
};

const coordinate = z.number().min(-1e18).max(1e18);
const fraction = z.number().min(0).max(1);
const side = z.number().int().min(1).max(MAX_RESIZE_PIXELS);

/** Checks a command from outside. */
export const commandSchema: z.ZodType<RendererCommand> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("reload") }),
  z.object({ type: z.literal("cancel") }),
  z.object({ type: z.literal("camera"), camera: cameraSchema }),
  z.object({ type: z.literal("resize"), width: side, height: side }),
  z.object({
    type: z.literal("slices"),
    x: coordinate.optional(),
    y: coordinate.optional(),
    z: coordinate.optional(),
  }),
  z.object({
    type: z.literal("layer"),
    layer: z.string().min(1).max(64),
    change: z.record(z.string(), z.unknown()),
  }),
  z.object({ type: z.literal("order"), layers: z.array(z.string().min(1).max(64)) }),
  z.object({ type: z.literal("focus"), layer: z.string().min(1).max(64) }),
  z.object({ type: z.literal("scene"), patch: z.record(z.string(), z.unknown()) }),
  z.object({
    type: z.literal("play"),
    isPlaying: z.boolean(),
    speed: z.number().min(0.01).max(1000).optional(),
  }),
  z.object({
    type: z.literal("control"),
    control: z.string().min(1).max(256),
    value: controlValueSchema.optional(),
  }),
  z.object({
    type: z.literal("pick"),
    x: fraction,
    y: fraction,
    purpose: z.enum(PICK_PURPOSES).optional(),
  }),
]);
