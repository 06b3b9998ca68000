import type { SharedImage } from "../../src/memory/shared-image.ts";

const SIZES = [
  [640, 360],
  [320, 180],
] as const;

/** Where the frames of {@link writeFrame} fit. */
export const LARGEST: readonly [number, number] = SIZES[0];

export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

function sizeOf(frame: number): readonly [width: number, height: number] {
  return SIZES[frame % 2] ?? LARGEST;
}

/** Writes a frame of one value, its number's; of two sizes in turn. What it tells besides carries the number too. */
export function writeFrame(manager: SharedImage, frame: number): void {
  const [width, height] = sizeOf(frame);
  const components = manager.pixelFormat === "rgba" ? 4 : 3;
  manager.write(width, height, new Uint8Array(width * height * components).fill(frame & 0xff), {
    eventTimestamp: frame,
    camera: { position: [frame, 0, 0], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 },
  });
}

/** Writes such frames until `stopped`, as fast as it can. */
export async function writeFrames(manager: SharedImage, stopped: () => boolean): Promise<void> {
  for (let frame = 1; !stopped(); frame++) {
    writeFrame(manager, frame);
    // A writer with a single buffer must pause for a reader to see anything whole.
    if (frame % 4 === 0) await Bun.sleep(1);
  }
}

/**
 * Reads `count` different frames while they are written.
 * @returns a description of the first torn frame, or of the first with wrong metadata; null if there was none
 */
export async function firstWrongFrame(reader: SharedImage, count: number): Promise<string | null> {
  let newest = 0;
  for (let whole = 0; whole < count; ) {
    const frame = reader.read();
    if (frame === null || frame.frame === newest) {
      await nextTurn();
      continue;
    }
    const number = frame.frame ?? 0;
    if (number < newest) return `frame ${number} came after frame ${newest}`;
    newest = number;
    const [width, height] = sizeOf(number);
    if (frame.width !== width || frame.height !== height || frame.eventTimestamp !== number) {
      return `frame ${number} has the metadata ${frame.width}x${frame.height}, ${frame.eventTimestamp}`;
    }
    if (!Buffer.alloc(frame.data.length, number & 0xff).equals(frame.data)) return `frame ${number} is torn`;
    whole++;
    // Metadata and camera belong to the same frame, whenever the writer is interrupted.
    const metadata = reader.newestFrame;
    if (metadata === null) continue;
    const size = sizeOf(metadata.frame ?? 0);
    const same =
      metadata.eventTimestamp === metadata.frame && metadata.camera?.position[0] === metadata.frame;
    if (
      !same ||
      (metadata.frame ?? 0) < number ||
      metadata.width !== size[0] ||
      metadata.height !== size[1]
    ) {
      return `after frame ${number} newestFrame was ${JSON.stringify(metadata)}`;
    }
  }
  return null;
}
