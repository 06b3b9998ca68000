import { GenericImageBufferManager } from "../memory/generic-image-buffer-manager.ts";
import { type CreateImageBuffers, listOf } from "../memory/image-memory.ts";
import { SHARED_MEMORY } from "../memory/memory-backend.ts";
import { SharedMemory } from "../native/shared-memory.ts";

/** Segments that another process made. */
export interface AttachImageBuffers {
  imageBufferNames: readonly string[];
  infoBufferName: string;
  /**
   * Maps the images for reading: writing frames throws, and {@link GenericImageBufferManager.producerGone} finds out
   * about a plain FURY producer too. Default false.
   */
  readOnly?: boolean;
}

/** FURY's JSON keys. */
export interface ImageBufferNames {
  image_buffer_names: string[];
  info_buffer_name: string;
}

/**
 * FURY's SharedMemImageBufferManager: frames between processes, in POSIX shared memory. See
 * {@link GenericImageBufferManager}.
 *
 * @throws RangeError for a size or a number of buffers that cannot be.
 * @throws SharedMemoryError when a segment cannot be made, or is not there.
 * @throws MemoryLayoutError when what is there is no image buffers of FURY's layout.
 */
export class SharedMemImageBufferManager extends GenericImageBufferManager<ArrayBuffer> {
  constructor(options: CreateImageBuffers | AttachImageBuffers = {}) {
    super(
      SHARED_MEMORY,
      "infoBufferName" in options
        ? {
            images: listOf(options.imageBufferNames, "imageBufferNames").map(
              (name) => () => SharedMemory.attach(name, { readOnly: options.readOnly ?? false }),
            ),
            info: () => SharedMemory.attach(options.infoBufferName),
          }
        : options,
    );
  }

  get imageBufferNames(): readonly string[] {
    return this.memory.images.map((image) => image.name);
  }

  get infoBufferName(): string {
    return this.memory.info.name;
  }

  /** What another process needs to attach, under FURY's JSON keys. */
  get names(): ImageBufferNames {
    return { image_buffer_names: [...this.imageBufferNames], info_buffer_name: this.infoBufferName };
  }
}
