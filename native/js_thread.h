// What has to end with the JavaScript thread that it calls back.
//
// A Worker can be terminated at any time, and runs no JavaScript then: no "exit" event, no stop(). A native thread that
// calls into its engine afterwards takes the whole process down. Node-API tells a library when a JavaScript thread ends,
// before its engine goes; to be told, every such thread loads this library through process.dlopen as well.
#pragma once

#include "scenecast.h"

// Called by process.dlopen on the JavaScript thread.
SC_EXPORT void *napi_register_module_v1(void *env, void *exports);

// `end(object)` is called on this JavaScript thread when it ends, unless sc_js_thread_forget comes first. Does nothing
// on a thread that has not loaded the library through process.dlopen.
void sc_js_thread_at_end(void (*end)(void *object), void *object);

// On the thread that called sc_js_thread_at_end, with the same arguments.
void sc_js_thread_forget(void (*end)(void *object), void *object);
