import type { CameraState } from "../../protocol/camera-state.ts";
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
  fps: number;
  degrees: number;
  views: readonly CameraState[];
  loop: boolean;
}

export const DEFAULT_CHOICES: RecordChoices = {
  ...{ kind: "picture", pictureFormat: "png", filmFormat: "webm", size: "1" },
  ...{ transparent: false, annotated: true, frames: 120, fps: 30, degrees: 360, views: [], loop: false },
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

/** The request for what was chosen. @param view size of the view, px */
export function requestOf(choices: RecordChoices, view: Size | undefined): RecordingRequest {
  const { kind, transparent, annotated, frames, fps, degrees, views, loop } = choices;
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
    ...((kind === "turntable" || kind === "path") && { frames }),
    ...(kind !== "picture" && { fps }),
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
