// Generated from native/scenecast_memory.h by scripts/generate-memory-layout.ts. Do not edit; offsets and sizes in bytes.

export const EXTENSION_START = 4096;
export const PAGE_BYTES = 4096;
export const MAX_BUFFERS = 510;
export const MAGIC = "SCNECAST";
export const VERSION = 1;
export const PIXEL_FORMAT = { rgb: 0, rgba: 1 } as const;
export const SLOT_FLAG = { still: 1, topDown: 2 } as const;
export const EVENT_CAPABILITY = { resize: 1, keys: 2, doubleClick: 4 } as const;
export const EVENT = { wheel: 1, mouseMove: 2, leftPress: 3, leftRelease: 4, middlePress: 5, middleRelease: 6, rightPress: 7, rightRelease: 8, resize: 9, keyDown: 10, keyUp: 11, doubleClick: 12 } as const;

export const INFO_LAYOUT = { numValues: 0, numArrays: 4, components: 8, currentBuffer: 12, sizes: 16, bytes: 16 } as const;
export const CAMERA_LAYOUT = { position: 0, focalPoint: 24, viewUp: 48, viewAngle: 72, parallelScale: 80, bytes: 88 } as const;
export const SLOT_LAYOUT = { sequence: 0, flags: 4, frameNumber: 8, renderedAtMs: 16, renderMs: 24, eventTimestampMs: 32, viewWidth: 40, viewHeight: 44, bytes: 64 } as const;
export const EXTENSION_LAYOUT = { magic: 0, version: 8, numBuffers: 12, pixelFormat: 16, maxWidth: 20, maxHeight: 24, pid: 28, frameWord: 32, rendererWord: 36, viewers: 40, eventCapabilities: 44, serverSignals: 48, renders: 52, cameraSequence: 56, pendingRender: 60, camera: 64, allowReducedResolution: 152, slots: 256, bytes: 256 } as const;
export const EVENT_LAYOUT = { id: 0, value: 8, x: 16, y: 24, ctrl: 32, shift: 40, timestamp: 48, flags: 56, bytes: 64 } as const;
export const QUEUE_LAYOUT = { maxSize: 0, dimension: 8, rows: 16, bytes: 16 } as const;
export const QUEUE_STATE_LAYOUT = { head: 0, tail: 4, lock: 8, bytes: 12 } as const;
