// Watchdog that ends the process after a limit of CPU time, because nothing in JavaScript can end synchronous code that never returns.
// CPU time rather than wall-clock time, so that a slow disk, a busy machine or a suspended process do not count.
#pragma once

#include "scenecast.h"

// Longest message, in bytes.
#define SC_STALL_MAX_MESSAGE 1023

// Starts or restarts the watchdog. After `seconds` of CPU time of all threads, `message` goes to standard error and the process
// ends with exit code 1. There is one watchdog in a process.
SC_EXPORT int sc_stall_guard_arm(int seconds, const char *message);

// Stops the watchdog.
SC_EXPORT int sc_stall_guard_disarm(void);
