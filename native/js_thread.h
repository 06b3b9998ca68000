// Clean-up at the end of a JavaScript thread, for native threads that call it back.
//
// A Worker can be terminated at any time without running JavaScript: no "exit" event, no stop(). A native thread that calls into
// its engine afterwards crashes the process. Node-API runs a library's clean-up hooks when a JavaScript thread ends, before its
// engine is destroyed; for this, every such thread also loads the library through process.dlopen.
#pragma once

#include "scenecast.h"

// Called by process.dlopen on the JavaScript thread.
SC_EXPORT void *napi_register_module_v1(void *env, void *exports);

// Registers `end(object)`, called on this JavaScript thread when it ends. Does nothing on a thread that has not loaded the library
// through process.dlopen.
void sc_js_thread_at_end(void (*end)(void *object), void *object);

// Removes a registration; to be called on the same thread, with the same arguments.
void sc_js_thread_forget(void (*end)(void *object), void *object);
