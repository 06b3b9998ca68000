import type { Vec3 } from "../geometry/coordinates.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import { CAMERA_LAYOUT, EXTENSION_LAYOUT, EXTENSION_START } from "./layout.generated.ts";
import { SequenceWord } from "./sequence-word.ts";

const CAMERA_START = EXTENSION_START + EXTENSION_LAYOUT.camera;
const VALUES = CAMERA_LAYOUT.bytes / Float64Array.BYTES_PER_ELEMENT;

/** Maximum number of attempts to read a camera that changes while it is read. */
const MAX_READS = 100;

/** After this time in the middle of a write, which needs 1 us, its writer counts as dead, ms. */
const DEAD_WRITER_MS = 100;

/** The camera of the newest frame in the extension of an info segment. */
export class CameraBlock {
  readonly #values: Float64Array<ArrayBufferLike>;
  readonly #sequence: SequenceWord;
  /** The odd sequence that was read last, and when it was first read, performance.now(). */
  #partialWrite = { sequence: 0, since: 0 };

  constructor(infoBuffer: ArrayBufferLike) {
    this.#values = new Float64Array(infoBuffer, CAMERA_START, VALUES);
    this.#sequence = new SequenceWord(infoBuffer, EXTENSION_START + EXTENSION_LAYOUT.cameraSequence);
  }

  /**
   * Calls `read` and returns its result with the camera, without a {@link publish} in between; null if that is not possible. The
   * camera is null if none was published, its numbers are invalid, or its writer died while writing it.
   */
  readWith<Value>(read: () => Value): { value: Value; camera: CameraState | null } | null {
    for (let reads = 0; reads < MAX_READS; reads++) {
      const before = this.#sequence.value;
      if (before % 2 !== 0) continue;
      const values = Array.from(this.#values);
      const value = read();
      if (this.#sequence.valueAfter !== before) continue;
      return { value, camera: before === 0 ? null : toCamera(values) };
    }
    return this.#isAbandoned() ? { value: read(), camera: null } : null;
  }

  /** Writes a camera and calls `action`: readers by {@link readWith} see both or neither. An invalid camera is ignored. */
  publish(camera: CameraState, action: () => void): void {
    const { position, focalPoint, viewUp, viewAngle, parallelScale = 0 } = camera;
    const values = [...position, ...focalPoint, ...viewUp, viewAngle, parallelScale];
    const valid = toCamera(values) !== null;
    if (valid) {
      this.#sequence.begin();
      this.#values.set(values);
    }
    action();
    if (valid) this.#sequence.end();
  }

  #isAbandoned(): boolean {
    const sequence = this.#sequence.value;
    const now = performance.now();
    if (sequence !== this.#partialWrite.sequence) this.#partialWrite = { sequence, since: now };
    return sequence % 2 !== 0 && now - this.#partialWrite.since > DEAD_WRITER_MS;
  }
}

function toCamera(values: readonly number[]): CameraState | null {
  const at = (offset: number) => values[offset / Float64Array.BYTES_PER_ELEMENT] ?? 0;
  const triple = (offset: number): Vec3 => [at(offset), at(offset + 8), at(offset + 16)];
  const viewAngle = at(CAMERA_LAYOUT.viewAngle);
  const parallelScale = at(CAMERA_LAYOUT.parallelScale);
  if (!values.every(Number.isFinite) || viewAngle <= 0 || viewAngle >= 180 || parallelScale < 0) return null;
  const camera = {
    position: triple(CAMERA_LAYOUT.position),
    focalPoint: triple(CAMERA_LAYOUT.focalPoint),
    viewUp: triple(CAMERA_LAYOUT.viewUp),
    viewAngle,
  };
  return parallelScale > 0 ? { ...camera, parallelScale } : camera;
}
