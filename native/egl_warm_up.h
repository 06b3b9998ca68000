// Preloads the system's software OpenGL driver on a background thread.
#pragma once

#include "scenecast.h"

// Starts to load libEGL.so.1 and to initialize Mesa's surfaceless display, which takes 23 ms, most of it for relocating libLLVM. Later
// calls of the process for the same display wait for it or find it initialized. Does nothing if there is a hardware device (a GPU) or
// no libEGL. To be called once per process. @returns 0 or a negative error code
SC_EXPORT int sc_egl_warm_up(void);

// Waits for the end of the thread: exit() must not run the destructors of libraries that are being loaded.
SC_EXPORT void sc_egl_warm_up_join(void);
