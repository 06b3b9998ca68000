import { SharedMemImageBufferManager } from "../../src/fury/shared-mem-image-buffer-manager.ts";
import { sizeOffset } from "../../src/memory/info-layout.ts";
import { copyBytes } from "../../src/native/frame-copy.ts";
import { SharedMemory } from "../../src/native/shared-memory.ts";
import { figure } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";

const SIZES = [
  [640, 480],
  [1280, 720],
  [1920, 1080],
  [3840, 2160],
] as const;

/** Bytes copied per run and size. */
const BYTES = 3e9;

/** Time of a tear-free copy of a frame out of shared memory, compared with memcpy of the same bytes. */
export function benchCopies({ runs, report }: BenchSetup): void {
  for (const [width, height] of SIZES) {
    using frames = new TwoProducers(width, height);
    const target = new Uint8Array(new ArrayBuffer(width * height * 3));
    const kinds = {
      "memcpy of the same bytes": () => frames.copyPlain(target),
      "a FURY program's frame, tear-free": () => frames.fury.read(target),
      "our renderer's frame, tear-free": () => frames.ours.read(target),
    };
    const times = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
    const count = Math.max(20, Math.round(BYTES / target.length / runs / 3));
    for (let run = 0; run < runs; run++) {
      // Alternately, so that other load of the machine affects all equally.
      const runTimes = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
      for (let copy = 0; copy < count; copy++) {
        for (const [kind, make] of Object.entries(kinds)) {
          const start = performance.now();
          make();
          runTimes.get(kind)?.push(performance.now() - start);
        }
      }
      for (const [kind, each] of runTimes) times.get(kind)?.push(figure(each).median);
    }
    for (const [kind, each] of times)
      report.row(`copy of ${width}x${height} RGB: ${kind}`, figure(each), "ms", 3);
  }
}

/** One frame in segments with FURY's layout, and one in segments with ours. */
class TwoProducers implements Disposable {
  readonly #segments: SharedMemory[];
  readonly #image: SharedMemory;
  readonly fury: SharedMemImageBufferManager;
  readonly ours: SharedMemImageBufferManager;

  constructor(width: number, height: number) {
    const bytes = width * height * 3;
    const images = [SharedMemory.create(bytes), SharedMemory.create(bytes)];
    const info = SharedMemory.create(sizeOffset(2));
    this.#segments = [...images, info];
    for (const image of images) new Uint8Array(image.buffer).fill(99);
    new Uint32Array(info.buffer).set([6, 1, 0, 1, width, height, width, height]);
    // Not the current buffer, so that the plain copy and the others do not find each other's bytes in the cache.
    [this.#image = info] = images;
    this.fury = new SharedMemImageBufferManager({
      imageBufferNames: images.map(({ name }) => name),
      infoBufferName: info.name,
    });
    this.ours = new SharedMemImageBufferManager({ maxWindowSize: [width, height] });
    this.ours.write(width, height, new Uint8Array(bytes).fill(99));
  }

  copyPlain(target: Uint8Array): void {
    copyBytes(target, { memory: this.#image, byteOffset: 0, byteLength: target.length });
  }

  [Symbol.dispose](): void {
    this.ours.close();
    this.fury.close();
    for (const segment of this.#segments) {
      segment.unlink();
      segment.close();
    }
  }
}
