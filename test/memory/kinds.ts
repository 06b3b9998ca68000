import { ArrayCircularQueue } from "../../src/fury/array-circular-queue.ts";
import type { GenericCircularQueue } from "../../src/fury/generic-circular-queue.ts";
import type { GenericImageBufferManager } from "../../src/fury/generic-image-buffer-manager.ts";
import type { GenericMultiDimensionalBuffer } from "../../src/fury/generic-multi-dimensional-buffer.ts";
import { RawArrayImageBufferManager } from "../../src/fury/raw-array-image-buffer-manager.ts";
import { RawArrayMultiDimensionalBuffer } from "../../src/fury/raw-array-multi-dimensional-buffer.ts";
import { SharedMemCircularQueue } from "../../src/fury/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/shared-mem-image-buffer-manager.ts";
import { SharedMemMultiDimensionalBuffer } from "../../src/fury/shared-mem-multi-dimensional-buffer.ts";
import type { QueueShape } from "../../src/memory/event-queue.ts";
import type { ImageShape } from "../../src/memory/image-memory.ts";
import type { RowShape } from "../../src/memory/row-buffer.ts";
import { SharedMemory } from "../../src/native/shared-memory.ts";

/** A segment as another program accesses it, until it is disposed. */
export interface Piece extends Disposable {
  readonly buffer: ArrayBufferLike;
  /** What it is attached by. */
  readonly by: string | SharedArrayBuffer;
}

/** The pieces of a manager or a queue. */
interface Pieces extends Disposable {
  readonly images: readonly Piece[];
  readonly info: Piece;
}

interface QueuePieces extends Disposable {
  readonly rows: Piece;
  readonly headTail: Piece;
}

/** One of the two kinds of memory: how its classes are made, attached, and seen from outside. */
export interface Kind {
  readonly name: "RawArray" | "SharedMem";
  /** New memory of another program's, all 0. */
  piece(bytes: number): Piece;
  images(options?: ImageShape): GenericImageBufferManager;
  attachImages(images: readonly Piece[], info: Piece): GenericImageBufferManager;
  imagePieces(manager: GenericImageBufferManager): Pieces;
  queue(options?: QueueShape): GenericCircularQueue;
  attachQueue(rows: Piece, headTail: Piece): GenericCircularQueue;
  queuePieces(queue: GenericCircularQueue): QueuePieces;
  rows(shape: RowShape): GenericMultiDimensionalBuffer;
  attachRows(piece: Piece): GenericMultiDimensionalBuffer;
  rowsPiece(rows: GenericMultiDimensionalBuffer): Piece;
}

const rawArray: Kind = {
  name: "RawArray",
  piece: (bytes) => arrayPiece(new SharedArrayBuffer(bytes)),
  images: (options) => new RawArrayImageBufferManager(options),
  attachImages: (images, info) =>
    new RawArrayImageBufferManager({ imageBuffers: images.map(arrayOf), infoBuffer: arrayOf(info) }),
  imagePieces(manager) {
    if (!(manager instanceof RawArrayImageBufferManager)) throw new TypeError("not of this kind");
    return imagePieces(manager.imageBuffers.map(arrayPiece), arrayPiece(manager.infoBuffer));
  },
  queue: (options) => new ArrayCircularQueue(options),
  attachQueue: (rows, headTail) =>
    new ArrayCircularQueue({ buffer: arrayOf(rows), headTailBuffer: arrayOf(headTail) }),
  queuePieces(queue) {
    if (!(queue instanceof ArrayCircularQueue)) throw new TypeError("not of this kind");
    return queuePieces(arrayPiece(queue.buffer.buffer), arrayPiece(queue.headTailBuffer));
  },
  rows: (shape) => new RawArrayMultiDimensionalBuffer(shape),
  attachRows: (piece) => new RawArrayMultiDimensionalBuffer({ buffer: arrayOf(piece) }),
  rowsPiece(rows) {
    if (!(rows instanceof RawArrayMultiDimensionalBuffer)) throw new TypeError("not of this kind");
    return arrayPiece(rows.buffer);
  },
};

export const sharedMem: Kind = {
  name: "SharedMem",
  piece(bytes) {
    const segment = SharedMemory.create(bytes);
    return segmentPiece(segment, () => segment.unlink());
  },
  images: (options) => new SharedMemImageBufferManager(options),
  attachImages: (images, info) =>
    new SharedMemImageBufferManager({ imageBufferNames: images.map(nameOf), infoBufferName: nameOf(info) }),
  imagePieces(manager) {
    if (!(manager instanceof SharedMemImageBufferManager)) throw new TypeError("not of this kind");
    return imagePieces(manager.imageBufferNames.map(attach), attach(manager.infoBufferName));
  },
  queue: (options) => new SharedMemCircularQueue(options),
  attachQueue: (rows, headTail) =>
    new SharedMemCircularQueue({ bufferName: nameOf(rows), headTailBufferName: nameOf(headTail) }),
  queuePieces(queue) {
    if (!(queue instanceof SharedMemCircularQueue)) throw new TypeError("not of this kind");
    return queuePieces(attach(queue.bufferName), attach(queue.headTailBufferName));
  },
  rows: (shape) => new SharedMemMultiDimensionalBuffer(shape),
  attachRows: (piece) => new SharedMemMultiDimensionalBuffer({ bufferName: nameOf(piece) }),
  rowsPiece(rows) {
    if (!(rows instanceof SharedMemMultiDimensionalBuffer)) throw new TypeError("not of this kind");
    return attach(rows.bufferName);
  },
};

/** For describe.each: the same tests for both kinds. */
export const KINDS: [name: string, kind: Kind][] = [
  [rawArray.name, rawArray],
  [sharedMem.name, sharedMem],
];

/** Another manager on the memory of `manager`, as another program or Worker has it. */
export function again(kind: Kind, manager: GenericImageBufferManager): GenericImageBufferManager {
  using pieces = kind.imagePieces(manager);
  return kind.attachImages(pieces.images, pieces.info);
}

/** Another queue on the memory of `queue`. */
export function queueAgain(kind: Kind, queue: GenericCircularQueue): GenericCircularQueue {
  using pieces = kind.queuePieces(queue);
  return kind.attachQueue(pieces.rows, pieces.headTail);
}

function arrayPiece(buffer: SharedArrayBuffer): Piece {
  return { buffer, by: buffer, [Symbol.dispose]() {} };
}

function segmentPiece(segment: SharedMemory, beforeClose = () => {}): Piece {
  return {
    buffer: segment.buffer,
    by: segment.name,
    [Symbol.dispose]() {
      beforeClose();
      segment.close();
    },
  };
}

function attach(name: string): Piece {
  return segmentPiece(SharedMemory.attach(name));
}

function arrayOf({ by }: Piece): SharedArrayBuffer {
  if (typeof by === "string") throw new TypeError("not of this kind");
  return by;
}

function nameOf({ by }: Piece): string {
  if (typeof by !== "string") throw new TypeError("not of this kind");
  return by;
}

function imagePieces(images: readonly Piece[], info: Piece): Pieces {
  return { images, info, [Symbol.dispose]: () => dispose([...images, info]) };
}

function queuePieces(rows: Piece, headTail: Piece): QueuePieces {
  return { rows, headTail, [Symbol.dispose]: () => dispose([rows, headTail]) };
}

function dispose(pieces: readonly Piece[]): void {
  for (const piece of pieces) piece[Symbol.dispose]();
}
