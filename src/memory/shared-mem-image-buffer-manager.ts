import { SharedMemory } from "../native/shared-memory.ts";
import { GenericImageBufferManager, type ImageMemoryAccess } from "./generic-image-buffer-manager.ts";
import {
  attachImageMemory,
  checkImageShape,
  componentsOf,
  createImageMemory,
  type ImageMemory,
} from "./image-memory.ts";
import { EXTENDED_INFO_SIZE, type PixelFormat } from "./info-extension.ts";
import { openSegments } from "./open-segments.ts";
import { sharedMemAccess } from "./shared-mem-access.ts";

/** New segments. */
export interface CreateImageBuffers {
  /** The largest frame in px. Default 100x100, as FURY. */
  maxWindowSize?: readonly [width: number, height: number];
  /** 1 to 8. Default 2. */
  numBuffers?: number;
  /** Default "rgb", which every FURY reader understands; "rgba" is for our own server alone. */
  pixelFormat?: PixelFormat;
}

/** Segments that another process made. */
export interface AttachImageBuffers {
  imageBufferNames: readonly string[];
  infoBufferName: string;
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
export class SharedMemImageBufferManager extends GenericImageBufferManager {
  readonly imageBufferNames: readonly string[];
  readonly infoBufferName: string;

  constructor(options: CreateImageBuffers | AttachImageBuffers = {}) {
    const { memory, access } = "infoBufferName" in options ? attach(options) : create(options);
    super(memory, access);
    this.imageBufferNames = memory.images.map((image) => image.name);
    this.infoBufferName = memory.info.name;
  }

  /** What another process needs to attach, under FURY's JSON keys. */
  get names(): ImageBufferNames {
    return { image_buffer_names: [...this.imageBufferNames], info_buffer_name: this.infoBufferName };
  }
}

interface Opened {
  memory: ImageMemory;
  access: ImageMemoryAccess;
}

function create(options: CreateImageBuffers): Opened {
  const { maxWindowSize = [100, 100], numBuffers = 2, pixelFormat: format = "rgb" } = options;
  const [maxWidth, maxHeight] = maxWindowSize;
  const shape = { maxWidth, maxHeight, numBuffers, format };
  checkImageShape(shape);
  const bytes = maxWidth * maxHeight * componentsOf(format);
  return openSegments(true, (open) => {
    const info = open(SharedMemory.create(EXTENDED_INFO_SIZE));
    const images = Array.from({ length: numBuffers }, () => open(SharedMemory.create(bytes)));
    return { memory: createImageMemory(images, info, shape), access: sharedMemAccess(images, info) };
  });
}

function attach(options: AttachImageBuffers): Opened {
  return openSegments(false, (open) => {
    const info = open(SharedMemory.attach(options.infoBufferName));
    const images = options.imageBufferNames.map((name) => open(SharedMemory.attach(name)));
    return { memory: attachImageMemory(images, info), access: sharedMemAccess(images, info) };
  });
}
