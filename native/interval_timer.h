// A timer thread that ticks on an absolute grid: period, 2 * period, 3 * period after its start, independent of how long the
// receiver needs. It ends with the JavaScript thread that started it.
#pragma once

#include <pthread.h>

#include "signal.h"

// 24.8 days, the longest delay of JavaScript's own timers.
#define SC_TIMER_MAX_PERIOD_NS (2147483647LL * 1000000)

typedef struct {
	sc_signal_s *signal;
	int64_t period;
	int64_t due;    // of the next tick, CLOCK_MONOTONIC, ns
	uint32_t ticks; // published
	uint32_t taken; // of those, returned by sc_timer_take
	uint32_t stopping;
	pthread_t thread;
} sc_timer_s;

// Starts a timer. NULL on error.
SC_EXPORT sc_timer_s *sc_timer_create(int64_t period_ns, sc_signal_s *signal);

// Waits for a tick in progress, and joins the thread.
SC_EXPORT void sc_timer_destroy(sc_timer_s *timer);

// 1 if it ticked once or more since the last call, 0 otherwise.
SC_EXPORT int sc_timer_take(sc_timer_s *timer);
