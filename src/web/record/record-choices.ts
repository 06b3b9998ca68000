import type { CameraState } from "../../protocol/camera-state.ts";
import type { PanelDescription } from "../../protocol/panel.ts";
import { MAX_RECORDING_SIDE, type RecordingFormat, type RecordingRequest } from "../../protocol/recording.ts";

type Size = readonly [width: number, height: number];

/** What a person has chosen to record. */
export interface RecordChoices {
  kind: RecordingRequest["kind"];
  pictureFormat: RecordingFormat;
  filmFormat: RecordingFormat;
  /** A factor of the view's size, or a size in px, as text: "1", "2", "1920x1080". */
  size: string;
  transparent: boolean;
  /** Whether scalar bars, letters, axes and the scale bar are drawn. */
  annotated: boolean;
  frames: number;
  /** Undefined: {@link fpsOf}. */
  fps: number | undefined;
  degrees: number;
  views: readonly CameraState[];
  loop: boolean;
}

/** Frames per second of films that do not show time steps. */
const DEFAULT_FPS = 30;

export const DEFAULT_CHOICES: RecordChoices = {
  ...{ kind: "picture", pictureFormat: "png", filmFormat: "webm", size: "1" },
  ...{ transparent: false, annotated: true, frames: 120, fps: undefined, degrees: 360 },
  ...{ views: [], loop: false },
};

/** Values of the document's view that leave out what is drawn around the data. */
const BARE = {
  scalarBar: false,
  letters: false,
  axes: false,
  scaleBar: false,
  boundingBox: false,
  title: null,
};

/** The sizes that are offered for a view of this size. */
export function sizeChoices(view: Size | undefined): { value: string; label: string }[] {
  const named = (value: string, label: string, size: Size | undefined) =>
    size === undefined ? [{ value, label }] : [{ value, label: `${label}: ${size[0]} × ${size[1]}` }];
  const fits = (factor: number) => view !== undefined && Math.max(...view) * factor <= MAX_RECORDING_SIDE;
  return [
    ...named("1", "As the view", view),
    ...(fits(2) ? named("2", "Twice", scaled(view, 2)) : []),
    ...(fits(4) ? named("4", "Four times", scaled(view, 4)) : []),
    ...["1280x720", "1920x1080", "3840x2160"].map((value) => ({ value, label: value.replace("x", " × ") })),
  ];
}

/** The time steps or the animation of the scene. */
export type SceneTime = PanelDescription["time"];

/** Whether the number of frames of a film is chosen: other films have as many as what they show. */
export function hasFrames({ kind }: RecordChoices, time: SceneTime): boolean {
  const isEndless = time?.steps === 1 && time.duration === undefined;
  return kind === "turntable" || kind === "path" || (kind === "steps" && isEndless);
}

/** Frames per second: what was chosen, or by default the speed at which the view plays time steps. */
export function fpsOf({ kind, fps }: RecordChoices, time: SceneTime): number {
  return fps ?? (kind === "steps" && time !== undefined && time.steps > 1 ? time.speed : DEFAULT_FPS);
}

/** Duration of a film, s; undefined for what is yet to be done. */
export function secondsOf(choices: RecordChoices, time: SceneTime): number | undefined {
  const fps = fpsOf(choices, time);
  if (hasFrames(choices, time)) return choices.frames / fps;
  if (choices.kind !== "steps" || time === undefined) return undefined;
  return time.steps > 1 ? time.steps / fps : time.duration;
}

/** The request for what was chosen. @param view size of the view, px */
export function requestOf(choices: RecordChoices, view: Size | undefined, time: SceneTime): RecordingRequest {
  const { kind, transparent, annotated, frames, degrees, views, loop } = choices;
  const format = formatOf(choices);
  const [width, height] = choices.size.split("x").map(Number);
  const size: Size | undefined =
    width === undefined ? undefined : height === undefined ? scaled(view, width) : [width, height];
  const changes = {
    ...(!annotated && BARE),
    ...(transparent && mayBeTransparent(choices) && { background: "transparent" }),
  };
  return {
    kind,
    format,
    ...(choices.size !== "1" && size && { size }),
    ...(Object.keys(changes).length > 0 && { view: changes }),
    ...(hasFrames(choices, time) && { frames }),
    ...(kind !== "picture" && { fps: fpsOf(choices, time) }),
    ...(kind === "turntable" && { degrees }),
    ...(kind === "path" && { views, loop }),
  };
}

export function formatOf({ kind, pictureFormat, filmFormat }: RecordChoices): RecordingFormat {
  return kind === "picture" ? pictureFormat : filmFormat;
}

export function mayBeTransparent(choices: RecordChoices): boolean {
  const format = formatOf(choices);
  return format === "png" || format === "webp";
}

function scaled(view: Size | undefined, factor: number): Size | undefined {
  return view && [view[0] * factor, view[1] * factor];
}
