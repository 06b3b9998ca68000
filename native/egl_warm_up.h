// Preloads the system's software OpenGL driver on a background thread.
#pragma once

#include "scenecast.h"

// Largest threshold of malloc for mappings of their own (DEFAULT_MMAP_THRESHOLD_MAX of glibc).
#define SC_MAX_HEAP_BUFFER (32u << 20)

// Starts to load libEGL.so.1 and to initialize Mesa's surfaceless display, which takes 23 ms, most of it for relocating libLLVM. Later
// calls of the process for the same display wait for it or find it initialized. Does nothing if there is a hardware device (a GPU) or
// no libEGL. To be called once per process.
//
// Then it gives `buffer_count` buffers of `buffer_bytes` physical memory, which the driver's first ones of up to that size get from
// malloc: in a virtual machine a page fault takes 2.5 us, so that the color and depth buffers of 1280x720 with four samples would
// take 18 ms of the rendering thread. Buffers above SC_MAX_HEAP_BUFFER get none: malloc maps them apart.
// @returns 0 or a negative error code
SC_EXPORT int sc_egl_warm_up(uint64_t buffer_bytes, uint64_t buffer_count);

// Waits for the end of the thread: exit() must not run the destructors of libraries that are being loaded.
SC_EXPORT void sc_egl_warm_up_join(void);
