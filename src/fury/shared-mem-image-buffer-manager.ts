import { assertList, type ImageShape } from "../memory/image-memory.ts";
import { SHARED_MEMORY } from "../memory/memory-backend.ts";
import { GenericImageBufferManager } from "./generic-image-buffer-manager.ts";

/** Names of segments that another process created. */
export interface AttachImageBuffers {
  imageBufferNames: readonly string[];
  infoBufferName: string;
  /**
   * Maps the images for reading: writing frames throws, and {@link GenericImageBufferManager.producerGone} detects the end
   * of a plain FURY producer too. Default false.
   */
  readOnly?: boolean;
}

/** FURY's JSON keys. */
export interface ImageBufferNames {
  image_buffer_names: string[];
  info_buffer_name: string;
}

/**
 * FURY's SharedMemImageBufferManager: frames between processes, in POSIX shared memory.
 *
 * @throws RangeError for an invalid size or number of buffers.
 * @throws SharedMemoryError if there is no such segment, or not enough memory.
 * @throws MemoryLayoutError if the segments do not have FURY's layout.
 */
export class SharedMemImageBufferManager extends GenericImageBufferManager<string> {
  constructor(options: ImageShape | AttachImageBuffers = {}) {
    super(
      SHARED_MEMORY,
      "infoBufferName" in options
        ? {
            images: assertList(options.imageBufferNames, "imageBufferNames"),
            info: options.infoBufferName,
            readOnly: options.readOnly,
          }
        : options,
    );
  }

  get imageBufferNames(): readonly string[] {
    return this.keys.images;
  }

  get infoBufferName(): string {
    return this.keys.info;
  }

  /** The names by which another process attaches, under FURY's JSON keys. */
  get names(): ImageBufferNames {
    return { image_buffer_names: [...this.imageBufferNames], info_buffer_name: this.infoBufferName };
  }
}
