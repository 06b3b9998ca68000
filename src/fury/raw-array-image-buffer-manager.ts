import type { ImageShape } from "../memory/image-memory.ts";
import { RAW_ARRAY } from "../memory/memory-backend.ts";
import { GenericImageBufferManager } from "./generic-image-buffer-manager.ts";

/** SharedArrayBuffers that the program or another of its Workers created. */
export interface ImageBuffers {
  imageBuffers: readonly SharedArrayBuffer[];
  infoBuffer: SharedArrayBuffer;
}

/**
 * FURY's RawArrayImageBufferManager: frames between a program and its Workers, in SharedArrayBuffers. The info buffer has
 * the layout of shared memory; FURY's has other words there.
 *
 * @throws RangeError for an invalid size or number of buffers.
 * @throws MemoryLayoutError if the buffers do not have FURY's layout.
 */
export class RawArrayImageBufferManager extends GenericImageBufferManager<SharedArrayBuffer> {
  constructor(options: ImageShape | ImageBuffers = {}) {
    super(
      RAW_ARRAY,
      "infoBuffer" in options ? { images: options.imageBuffers, info: options.infoBuffer } : options,
    );
  }

  get imageBuffers(): readonly SharedArrayBuffer[] {
    return this.keys.images;
  }

  get infoBuffer(): SharedArrayBuffer {
    return this.keys.info;
  }

  /** The buffers by which a Worker attaches: send them with postMessage. */
  get buffers(): ImageBuffers {
    return { imageBuffers: this.imageBuffers, infoBuffer: this.infoBuffer };
  }
}
