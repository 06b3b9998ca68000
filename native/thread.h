// How the library starts threads inside a process that is not its own.
#pragma once

#include <pthread.h>

// Runs `run(argument)` on a new thread of that name (15 characters at most), with every signal blocked: the process's
// handlers belong to its main thread. Returns 0 or an errno value, which is also left in errno.
int sc_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *argument);
