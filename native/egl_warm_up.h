// Loading the system's software OpenGL driver on a thread of its own.
#pragma once

#include "scenecast.h"

// Starts to load libEGL.so.1 and to initialize Mesa's surfaceless display, which takes 23 ms, most of it for relocating libLLVM. The
// process's later calls for the same display wait for it or find it initialized. Does nothing if there is another device, a GPU, or
// no such library. Once per process. @returns 0 or a negative error code
SC_EXPORT int sc_egl_warm_up(void);

// Waits for the end of the thread: exit() must not run the destructors of libraries that it is loading.
SC_EXPORT void sc_egl_warm_up_join(void);
