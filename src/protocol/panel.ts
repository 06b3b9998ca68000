/**
 * Descriptions of the panel: the page draws controls from them and knows no format. The renderer, or a program, describes what can be
 * set. The values of layers and view are those of the scene document, so that a description changes only with the data.
 */
import { z } from "zod";

/** Maximum number of controls of a program, and of a layer. */
export const MAX_CONTROLS = 1000;

/** Maximum length of the name of a control, characters. */
export const MAX_NAME_LENGTH = 256;

const name = z.string().min(1).max(MAX_NAME_LENGTH);
const text = z.string().max(4096);
const finite = z.number();

/** Value of a control of a program. */
export const controlValueSchema = z.union([z.boolean(), finite, text, z.array(finite).max(16)]);
export type ControlValue = z.infer<typeof controlValueSchema>;

function buildControlSchema() {
  const described = {
    /** Name of a property of the scene document, or id of a program's control. */
    name,
    /** For people: "Point size". */
    label: text,
    /** A tooltip: a sentence, or a phrase. */
    description: text.optional(),
    /** Headings under which the control is shown, the outermost first; one without any is shown first. */
    folder: z.array(text).max(8).optional(),
  };

  const number = z.object({
    ...described,
    type: z.literal("number"),
    /** Limits of the slider; without them, a field for a number. */
    min: finite.optional(),
    max: finite.optional(),
    step: finite.positive().optional(),
    /** Whether the slider is logarithmic, for limits above 0 that are orders of magnitude apart. */
    logarithmic: z.boolean().optional(),
    /** "mm", "px", "°". */
    unit: text.optional(),
    value: finite.optional(),
  });

  /** Two numbers, the lower one first: two handles on a histogram. */
  const range = z.object({
    ...described,
    type: z.literal("range"),
    min: finite,
    max: finite,
    step: finite.positive().optional(),
    unit: text.optional(),
    /** Numbers of values in intervals of equal width from `min` to `max`. */
    histogram: z.array(finite.nonnegative()).max(512).optional(),
    value: z.tuple([finite, finite]).optional(),
  });

  /** A fixed number of numbers, such as the centre and radius of a sphere. */
  const numbers = z.object({
    ...described,
    type: z.literal("numbers"),
    names: z.array(text).min(1).max(16),
    unit: text.optional(),
    value: z.array(finite).max(16).optional(),
  });

  const boolean = z.object({ ...described, type: z.literal("boolean"), value: z.boolean().optional() });

  const choice = z.object({
    ...described,
    type: z.literal("choice"),
    choices: z
      .array(z.object({ value: text, label: text.optional() }))
      .min(1)
      .max(4096),
    value: text.optional(),
  });

  /** A choice of colormaps, with previews. A name that ends in "-r" is the reverse of another one. */
  const colormap = z.object({
    ...described,
    type: z.literal("colormap"),
    /** `colors`: CSS colors at even distances from the lowest to the highest value. */
    colormaps: z
      .array(z.object({ name, colors: z.array(text).min(2).max(32) }))
      .min(1)
      .max(64),
    value: text.optional(),
  });

  /** A CSS color. */
  const color = z.object({ ...described, type: z.literal("color"), value: text.optional() });

  /**
   * Slices of a volume at constant x, y and z, of which each is shown or not. The value is a text such as "x=10,y=-5": the shown ones, with
   * their coordinates (`shownSlices` and `slicesText` of src/layers/slice-text.ts).
   */
  const slices = z.object({
    ...described,
    type: z.literal("slices"),
    /** Limits of the slider of each slice. */
    axes: z
      .array(z.object({ axis: z.enum(["x", "y", "z"]), min: finite, max: finite, step: finite.positive() }))
      .length(3),
    unit: text.optional(),
    value: text.optional(),
  });

  const textField = z.object({
    ...described,
    type: z.literal("text"),
    placeholder: text.optional(),
    value: text.optional(),
  });

  /** Clip planes as text, as the scene document has them: "x=10;-z=5". */
  const planes = z.object({
    ...described,
    type: z.literal("planes"),
    /** Limits of the offsets along x, y and z: the extent of the scene. */
    min: z.tuple([finite, finite, finite]),
    max: z.tuple([finite, finite, finite]),
    unit: text.optional(),
    value: text.optional(),
  });

  const action = z.object({
    ...described,
    type: z.literal("action"),
    /** What it changes of a layer or an overlay, by property; null: the default. Default: the program executes it. */
    change: z.record(name, controlValueSchema.nullable()).optional(),
  });
  return z.discriminatedUnion("type", [
    number,
    range,
    numbers,
    boolean,
    choice,
    colormap,
    color,
    slices,
    textField,
    planes,
    action,
  ]);
}

/**
 * A control. `value`: in the description of a layer or the view, the value that applies while the document has none, undefined if the
 * renderer chooses it; in a program's, the present value. Built when it is first used: that takes 4 ms, and `scenecast render` has none.
 */
export const controlSchema = z.lazy(buildControlSchema);
export type Control = z.infer<typeof controlSchema>;

function buildPanelSchema() {
  const layer = z.object({
    /** As in the scene document. */
    id: name,
    /** For people: the name of its file. */
    label: text,
    kind: name,
    /** "triangles": "8,000,000". */
    facts: z.array(z.object({ name: text, value: text })).max(64),
    warnings: z.array(text).max(64),
    controls: z.array(controlSchema).max(MAX_CONTROLS),
    /** Controls of its overlays, by their id. */
    overlays: z
      .array(z.object({ id: name, label: text, controls: z.array(controlSchema).max(MAX_CONTROLS) }))
      .max(64)
      .optional(),
  });

  const time = z.object({
    /** Number of time steps; the present one is `time` of the scene document. */
    steps: z.number().int().min(1),
    /** What each step is called: "0.25 s". Default: its number. */
    labels: z.array(text).max(100_000).optional(),
    /** Duration of the animation of the files, s; absent for time steps alone, and for an animation without an end. */
    duration: finite.positive().optional(),
    isPlaying: z.boolean(),
    /** Steps per second. */
    speed: finite.positive(),
  });

  return z.object({
    layers: z.array(layer).max(1000),
    /** Controls of `view` of the scene document. */
    view: z.array(controlSchema).max(MAX_CONTROLS),
    time: time.optional(),
    /** Controls of a program, with their values; `name` is an id that is unique among them. */
    program: z.array(controlSchema).max(MAX_CONTROLS),
  });
}

/** Sent by the renderer or a program to the server, and by the server to viewers. */
export const panelSchema = z.lazy(buildPanelSchema);
export type PanelDescription = z.infer<typeof panelSchema>;
