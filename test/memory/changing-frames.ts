import type { SharedImage } from "../../src/memory/shared-image.ts";

const SIZES = [
  [640, 360],
  [320, 180],
] as const;

/** The largest size of the frames of {@link writeFrame}. */
export const LARGEST: readonly [number, number] = SIZES[0];

export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

function sizeOf(frame: number): readonly [width: number, height: number] {
  return SIZES[frame % 2] ?? LARGEST;
}

/** Writes a frame with its number in every byte and in its metadata; two sizes alternate. */
export function writeFrame(manager: SharedImage, frame: number): void {
  const [width, height] = sizeOf(frame);
  const components = manager.pixelFormat === "rgba" ? 4 : 3;
  manager.write(width, height, new Uint8Array(width * height * components).fill(frame & 0xff), {
    eventTimestamp: frame,
    camera: { position: [frame, 0, 0], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 },
  });
}

/** Writes such frames at full speed until `stopped` returns true. */
export async function writeFrames(manager: SharedImage, stopped: () => boolean): Promise<void> {
  for (let frame = 1; !stopped(); frame++) {
    writeFrame(manager, frame);
    // A writer with a single buffer must pause, so that a reader can copy a complete frame.
    if (frame % 4 === 0) await Bun.sleep(1);
  }
}

/**
 * Reads `count` different frames while they are written.
 * @returns a description of the first frame that is torn or has wrong metadata; null if all are correct
 */
export async function firstWrongFrame(reader: SharedImage, count: number): Promise<string | null> {
  let newest = 0;
  for (let complete = 0; complete < count; ) {
    const frame = reader.read();
    if (frame === null || frame.frame === newest) {
      await nextTurn();
      continue;
    }
    const number = frame.frame ?? 0;
    if (number < newest) return `frame ${number} was read after frame ${newest}`;
    newest = number;
    const [width, height] = sizeOf(number);
    if (frame.width !== width || frame.height !== height || frame.eventTimestamp !== number) {
      return `frame ${number} has the metadata ${frame.width}x${frame.height}, ${frame.eventTimestamp}`;
    }
    if (!Buffer.alloc(frame.data.length, number & 0xff).equals(frame.data)) return `frame ${number} is torn`;
    complete++;
    // Metadata and camera must belong to the same frame, wherever the writer is interrupted.
    const metadata = reader.newestFrame;
    if (metadata === null) continue;
    const size = sizeOf(metadata.frame ?? 0);
    const isConsistent =
      metadata.eventTimestamp === metadata.frame && metadata.camera?.position[0] === metadata.frame;
    if (
      !isConsistent ||
      (metadata.frame ?? 0) < number ||
      metadata.width !== size[0] ||
      metadata.height !== size[1]
    ) {
      return `after frame ${number} newestFrame was ${JSON.stringify(metadata)}`;
    }
  }
  return null;
}
