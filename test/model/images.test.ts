import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import type { GenericImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import type { FrameCopy } from "../../src/memory/frame-reader.ts";
import type { ImageShape } from "../../src/memory/image-memory.ts";
import { attachImages, imageSegments, KINDS } from "../memory/kinds.ts";
import { pixels } from "../memory/segments.ts";
import { type ExpectedRead, ImageModel } from "./image-model.ts";
import { holdsForAll } from "./property.ts";

// The time per property is limited, see property.ts; starting is slow on a busy machine.
setDefaultTimeout(60_000);

/** Offsets in the info segment in words, see native/scenecast_memory.h. */
const INDEX = 3;
const SIZES = 4;
const EXTENSION = 4096 / 4;
const SLOTS = EXTENSION + 256 / 4;
const SLOT = 64 / 4;

const side = fc.nat(1);
const length = fc.integer({ min: 1, max: 14 });
const word = fc.oneof(fc.nat(9), fc.nat(0xffffffff), fc.constantFrom(0xffffffff, 0x80000000, 0x7fffffff));

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write"), width: length, height: length }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("begin"), width: length, height: length }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("end") }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("read"), side }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("readInto"), side, bytes: fc.nat(14 * 14 * 4) }) },
  fc.record({ do: fc.constant("badWrite"), width: length, height: length, bytes: fc.nat(14 * 14 * 4) }),
  fc.record({ do: fc.constant("badSize"), size: fc.constantFrom(0, -1, 1.5, Number.NaN, Infinity) }),
  fc.record({ do: fc.constant("attachAgain") }),
  fc.record({ do: fc.constant("index"), word }),
  fc.record({ do: fc.constant("size"), buffer: fc.nat(7), width: word, height: word }),
  fc.record({ do: fc.constant("sequence"), buffer: fc.nat(7), word }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const shape: fc.Arbitrary<ImageShape> = fc.record({
  maxWindowSize: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })),
  numBuffers: fc.integer({ min: 1, max: 8 }),
  pixelFormat: fc.constantFrom("rgb", "rgba"),
});
const scenario = fc.record({ shape, steps: fc.array(step, { minLength: 1, maxLength: 50 }) });

/** A frame that was returned, and a copy of its pixels at that time. */
interface Kept {
  frame: FrameCopy;
  data: Uint8Array<ArrayBuffer>;
}

/** Two managers of the same memory, and their model, which run the same steps. */
class ModelRun {
  readonly #manager: GenericImageBufferManager;
  readonly #info: Uint32Array;
  readonly #images: readonly Uint8Array[];
  readonly #sides: GenericImageBufferManager[];
  readonly #model: ImageModel;
  readonly #kept: Kept[] = [];
  /** Number of the newest extended frame when each reader found a plain FURY frame after it. */
  readonly #superseded = new Map<GenericImageBufferManager, number | null>();
  #seed = 0;

  constructor(manager: GenericImageBufferManager, { info, images }: ReturnType<typeof imageSegments>) {
    this.#manager = manager;
    this.#info = new Uint32Array(info.buffer);
    this.#images = images.map(({ buffer }) => new Uint8Array(buffer));
    this.#sides = [manager, attachImages(manager)];
    this.#model = new ImageModel(
      manager.maxWindowSize,
      images.length,
      manager.pixelFormat === "rgba" ? 4 : 3,
    );
  }

  run(step: Step): void {
    const model = this.#model;
    const writer = this.#side(0);
    switch (step.do) {
      case "write": {
        const { width, height } = step;
        const data = pixels(width * height * model.components, this.#seed++);
        writer.write(width, height, data);
        if (model.fits(width, height)) {
          model.begin(width, height).set(data);
          model.end();
        } else this.#expectNotice();
        break;
      }
      case "begin": {
        const { width, height } = step;
        const frame = writer.beginWrite(width, height);
        if (!model.fits(width, height)) {
          expect(frame).toBeNull();
          this.#expectNotice();
          break;
        }
        const data = pixels(width * height * model.components, this.#seed++);
        expect([frame?.width, frame?.height, frame?.data.length]).toEqual([width, height, data.length]);
        frame?.data.set(data);
        model.begin(width, height).set(data);
        break;
      }
      case "end":
        if (model.open === null) {
          expect(() => writer.endWrite()).toThrow("without a beginWrite");
          break;
        }
        writer.endWrite();
        model.end();
        break;
      case "read":
        this.#read(this.#side(step.side));
        break;
      case "readInto": {
        const target = new Uint8Array(step.bytes);
        const manager = this.#side(step.side);
        const expected = model.read();
        if ("frame" in expected && expected.frame.data.length > step.bytes) {
          expect(() => manager.read(target)).toThrow(`the buffer given for it has ${step.bytes}`);
          break;
        }
        const frame = manager.read(target);
        expect(frame?.data).toEqual("frame" in expected ? expected.frame.data : undefined);
        if (frame) expect(frame.data.buffer).toBe(target.buffer);
        break;
      }
      case "badWrite": {
        const { width, height, bytes } = step;
        if (bytes === width * height * model.components) break;
        expect(() => writer.write(width, height, new Uint8Array(bytes))).toThrow(`${bytes} were given`);
        break;
      }
      case "badSize":
        expect(() => writer.beginWrite(step.size, 3)).toThrow("whole numbers from 1 on");
        expect(() => writer.beginWrite(3, step.size)).toThrow("whole numbers from 1 on");
        expect(() => writer.write(step.size, 3, new Uint8Array())).toThrow(RangeError);
        break;
      case "attachAgain":
        this.#side(1).close();
        this.#sides[1] = attachImages(this.#manager);
        break;
      case "index":
        this.#info[INDEX] = model.index = step.word;
        break;
      case "size": {
        const buffer = step.buffer % model.buffers.length;
        this.#info.set([step.width, step.height], SIZES + 2 * buffer);
        Object.assign(model.buffers[buffer] ?? {}, { width: step.width, height: step.height });
        break;
      }
      case "sequence": {
        const buffer = step.buffer % model.buffers.length;
        this.#info[SLOTS + SLOT * buffer] = step.word;
        Object.assign(model.buffers[buffer] ?? {}, { sequence: step.word });
      }
    }
    this.#compare();
  }

  /** After any steps, later frames are read on both sides, and by a manager that attaches now. */
  finish(): void {
    const [width, height] = this.#model.maxSize;
    this.run({ do: "attachAgain" });
    for (const [index] of this.#model.buffers.entries()) {
      this.run({ do: "write", width, height });
      this.run({ do: "read", side: index % 2 });
      expect(this.#side(index % 2).problem).toBe("");
    }
    // Returned frames are not changed by later ones.
    for (const { frame, data } of this.#kept) expect(frame.data).toEqual(data);
    this.#side(1).close();
    this.#read(this.#side(0));
    for (const manager of this.#sides) manager.close();
    for (const manager of this.#sides) {
      expect([manager.read(), manager.newestFrame]).toEqual([null, null]);
      expect(manager.problem).toContain("was closed");
      expect(() => manager.write(1, 1, new Uint8Array(this.#model.components))).toThrow("was closed");
    }
  }

  #read(manager: GenericImageBufferManager): void {
    const expected = this.#expected(manager);
    const frame = manager.read();
    if ("problem" in expected) {
      expect(frame).toBeNull();
      expect(manager.problem).toContain(expected.problem);
      return;
    }
    const { buffer, width, height, number, data } = expected.frame;
    expect(frame).toMatchObject({ buffer, width, height, frame: number, bottomUp: true, still: false });
    expect(frame?.data).toEqual(data);
    if (frame) this.#kept.push({ frame, data });
  }

  /**
   * The expected result of a read. If the current buffer is not that of the newest extended frame, a plain FURY producer wrote
   * it: until the next extended frame, frames have no number.
   */
  #expected(manager: GenericImageBufferManager): ExpectedRead {
    const expected = this.#model.read();
    if ("problem" in expected || expected.isPrevious) return expected;
    const { newest } = this.#model;
    if (expected.frame.number !== newest) this.#superseded.set(manager, newest);
    const number = this.#superseded.get(manager) === newest ? null : expected.frame.number;
    return { ...expected, frame: { ...expected.frame, number } };
  }

  /** Expects the oversize notice; the model copies its pixels from the memory. */
  #expectNotice(): void {
    const model = this.#model;
    const bytes = model.begin(...model.maxSize);
    const buffer = model.open?.buffer ?? -1;
    bytes.set(this.#images[buffer]?.subarray(0, bytes.length) ?? []);
    model.end();
  }

  #compare(): void {
    const model = this.#model;
    for (const manager of this.#sides) {
      expect([manager.bufferIndex, manager.nextBufferIndex]).toEqual([model.index, model.nextIndex]);
      expect(manager.maxWindowSize).toEqual([...model.maxSize]);
      expect([manager.numBuffers, manager.isExtended]).toEqual([model.buffers.length, true]);
      const expected = this.#expected(manager);
      const newestFrame = manager.newestFrame;
      if ("problem" in expected) expect(newestFrame).toBeNull();
      else {
        const { width, height, number } = expected.frame;
        expect(newestFrame).toMatchObject({ width, height, frame: number });
      }
    }
  }

  #side(index: number): GenericImageBufferManager {
    const manager = this.#sides[index];
    if (!manager) throw new Error(`There is no side ${index}`);
    return manager;
  }
}

describe.each(KINDS)("%s", (_, kind) => {
  test("image buffers behave like plain arrays, whatever is written into the info segment", () => {
    holdsForAll(scenario, 800, ({ shape, steps }) => {
      using manager = kind.images(shape);
      using segments = imageSegments(manager);
      const modelRun = new ModelRun(manager, segments);
      for (const each of steps) modelRun.run(each);
      modelRun.finish();
    });
  });
});
