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
 * @returns what was wrong with the first one that was not whole, or not what was told of it; null when all were right.
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
      return `frame ${number} is told as ${frame.width}x${frame.height}, ${frame.eventTimestamp}`;
    }
    if (!Buffer.alloc(frame.data.length, number & 0xff).equals(frame.data)) return `frame ${number} is torn`;
    whole++;
    // What is told without a copy is of one frame, and so is its camera, whenever the writer is interrupted.
    const told = reader.newestFrame;
    if (told === null) continue;
    const size = sizeOf(told.frame ?? 0);
    const same = told.eventTimestamp === told.frame && told.camera?.position[0] === told.frame;
    if (!same || (told.frame ?? 0) < number || told.width !== size[0] || told.height !== size[1]) {
      return `after frame ${number} this was told: ${JSON.stringify(told)}`;
    }
  }
  return null;
}
