// Threads of a library within a foreign process.
#pragma once

#include <pthread.h>

// Calls `run(argument)` on a new thread with this name (15 characters at most) and all signals blocked, since the process's signal
// handlers are for its main thread. Returns 0 or an error number, which is also stored in errno.
int sc_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *argument);
