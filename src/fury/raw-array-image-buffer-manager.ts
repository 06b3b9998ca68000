import { GenericImageBufferManager } from "../memory/generic-image-buffer-manager.ts";
import { type CreateImageBuffers, listOf } from "../memory/image-memory.ts";
import { RAW_ARRAY } from "../memory/memory-backend.ts";
import { RawArraySegment } from "../memory/raw-array-segment.ts";

/**
 * What a manager that the program or another of its Workers made is in; `manager.buffers` can be sent with postMessage.
 */
export interface ImageBuffers {
  imageBuffers: readonly SharedArrayBuffer[];
  infoBuffer: SharedArrayBuffer;
}

/**
 * FURY's RawArrayImageBufferManager: frames between a program and its Workers, in SharedArrayBuffers. See
 * {@link GenericImageBufferManager}. The info buffer is laid out as in shared memory; FURY's has other words there.
 *
 * @throws RangeError for a size or a number of buffers that cannot be.
 * @throws MemoryLayoutError when the buffers are no image buffers of FURY's layout.
 */
export class RawArrayImageBufferManager extends GenericImageBufferManager<SharedArrayBuffer> {
  constructor(options: CreateImageBuffers | ImageBuffers = {}) {
    super(
      RAW_ARRAY,
      "infoBuffer" in options
        ? {
            images: listOf(options.imageBuffers, "imageBuffers").map(
              (buffer, index) => () => new RawArraySegment(buffer, `imageBuffers[${index}]`),
            ),
            info: () => new RawArraySegment(options.infoBuffer, "infoBuffer"),
          }
        : options,
    );
  }

  get imageBuffers(): readonly SharedArrayBuffer[] {
    return this.memory.images.map((image) => image.buffer);
  }

  get infoBuffer(): SharedArrayBuffer {
    return this.memory.info.buffer;
  }

  /** What a Worker needs to attach: send it with postMessage. */
  get buffers(): ImageBuffers {
    return { imageBuffers: this.imageBuffers, infoBuffer: this.infoBuffer };
  }
}
