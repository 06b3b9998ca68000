// Watchdog that ends the process when it has used up CPU time without a sign of life: synchronous code that never returns can be ended by
// nothing in JavaScript. CPU time and not the clock's, so that a slow disk, a busy machine or a suspended process do not count.
#pragma once

#include "scenecast.h"

// Longest message, in bytes.
#define SC_STALL_MAX_MESSAGE 1023

// Starts the watchdog, or starts its time again. After `seconds` of CPU time of all threads, `message` goes to standard error and the process
// ends with exit code 1. There is one watchdog in a process.
SC_EXPORT int sc_stall_guard_arm(int seconds, const char *message);

SC_EXPORT int sc_stall_guard_disarm(void);
