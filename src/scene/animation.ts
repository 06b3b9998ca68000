import {
  type AnimationClip,
  AnimationMixer,
  type KeyframeTrack,
  type Object3D,
  PropertyBinding,
} from "three";

/**
 * Selects the clips that can play at the same time: those that do not animate a property of an earlier clip. Modelling programs save one
 * clip per object, or alternatives for the same object.
 */
export function playableClips(
  root: Object3D,
  clips: readonly AnimationClip[],
  warnings: string[],
): AnimationClip[] {
  const claimed = new Set<string>();
  const playable: AnimationClip[] = [];
  for (const clip of clips) {
    // No warning: tracks for nodes of another scene are valid.
    clip.tracks = clip.tracks.filter((track) => hasTarget(root, track));
    if (clip.tracks.length === 0) continue;
    clip.tracks = clip.tracks.filter((track) => isValid(track));
    if (clip.tracks.length === 0) {
      warnings.push("an animation has no usable key frames and is not played");
      continue;
    }
    if (clip.tracks.some((track) => claimed.has(track.name))) continue;
    for (const track of clip.tracks) claimed.add(track.name);
    clip.resetDuration();
    playable.push(clip);
  }
  return playable;
}

/** Plays clips in a loop. */
export class AnimationPlayer {
  readonly #mixer: AnimationMixer;
  /** Duration of the longest clip, s. */
  readonly duration: number;

  constructor(root: Object3D, clips: readonly AnimationClip[]) {
    this.#mixer = new AnimationMixer(root);
    for (const clip of clips) this.#mixer.clipAction(clip).play();
    this.duration = Math.max(0, ...clips.map((clip) => clip.duration));
  }

  /** @param seconds since the start; may decrease between calls */
  update(seconds: number): void {
    if (Number.isFinite(seconds)) this.#mixer.setTime(Math.max(0, seconds));
  }
}

/** Whether the target node of a track exists; three.js logs an error to the console if not. */
function hasTarget(root: Object3D, { name }: KeyframeTrack): boolean {
  const { nodeName } = PropertyBinding.parseTrackName(name);
  const target: unknown = PropertyBinding.findNode(root, nodeName);
  return typeof target === "object" && target !== null;
}

function isValid(track: KeyframeTrack): boolean {
  const { times, values } = track;
  if (times.length === 0 || !times.every(Number.isFinite) || !values.every(Number.isFinite)) return false;
  for (let i = 1; i < times.length; i += 1) if ((times[i] ?? 0) < (times[i - 1] ?? 0)) return false;
  return true;
}
