import { SharedMemImageBufferManager } from "../../src/fury/shared-mem-image-buffer-manager.ts";
import { furyInfoSize } from "../../src/memory/info-layout.ts";
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

/** Bytes that are copied for one figure of one run. */
const BYTES = 3e9;

/** What copying a frame out of shared memory costs when it must not be torn, beside memcpy of the same bytes. */
export function benchCopies({ runs, report }: BenchSetup): void {
  for (const [width, height] of SIZES) {
    using frames = new TwoProducers(width, height);
    const target = new Uint8Array(new ArrayBuffer(width * height * 3));
    const kinds = {
      "memcpy of the same bytes": () => frames.copyPlainly(target),
      "a FURY program's frame, untorn": () => frames.fury.read(target),
      "our renderer's frame, untorn": () => frames.ours.read(target),
    };
    const times = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
    const count = Math.max(20, Math.round(BYTES / target.length / runs / 3));
    for (let run = 0; run < runs; run++) {
      // In turn, so that what else the machine does meets all alike.
      const took = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
      for (let copy = 0; copy < count; copy++) {
        for (const [kind, make] of Object.entries(kinds)) {
          const start = performance.now();
          make();
          took.get(kind)?.push(performance.now() - start);
        }
      }
      for (const [kind, each] of took) times.get(kind)?.push(figure(each).median);
    }
    for (const [kind, each] of times)
      report.row(`copy of ${width}x${height} RGB: ${kind}`, figure(each), "ms", 3);
  }
}

/** One frame in segments of FURY's layout, and one in segments of ours. */
class TwoProducers implements Disposable {
  readonly #segments: SharedMemory[];
  readonly #image: SharedMemory;
  readonly fury: SharedMemImageBufferManager;
  readonly ours: SharedMemImageBufferManager;

  constructor(width: number, height: number) {
    const bytes = width * height * 3;
    const images = [SharedMemory.create(bytes), SharedMemory.create(bytes)];
    const info = SharedMemory.create(furyInfoSize(2));
    this.#segments = [...images, info];
    for (const image of images) new Uint8Array(image.buffer).fill(99);
    new Uint32Array(info.buffer).set([6, 1, 0, 1, width, height, width, height]);
    // Not the current one: what is copied plainly must not find in the cache what was copied before, nor leave it there.
    [this.#image = info] = images;
    this.fury = new SharedMemImageBufferManager({
      imageBufferNames: images.map(({ name }) => name),
      infoBufferName: info.name,
    });
    this.ours = new SharedMemImageBufferManager({ maxWindowSize: [width, height] });
    this.ours.write(width, height, new Uint8Array(bytes).fill(99));
  }

  copyPlainly(target: Uint8Array): void {
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
