// For the test drivers: a signal's callback, and waiting for it and for jobs.
#pragma once

#include <time.h>

#include "../worker_pool.h"

static int raised;

static inline void on_signal(void) { __atomic_add_fetch(&raised, 1, __ATOMIC_RELEASE); }

static inline void wait_for_signal(sc_signal_s *signal) {
	const struct timespec pause = { 0, 100000 };
	while (__atomic_exchange_n(&raised, 0, __ATOMIC_ACQUIRE) == 0) {
		nanosleep(&pause, NULL);
	}
	sc_signal_clear(signal);
}

static inline sc_pool_result_s wait_for_job(sc_pool_s *pool, sc_signal_s *signal) {
	sc_pool_result_s result;
	while (sc_pool_take(pool, &result) == 0) {
		wait_for_signal(signal);
	}
	return result;
}

// Clears the signals of a destroyed pool.
static inline void forget_signals(sc_signal_s *signal) {
	sc_signal_clear(signal);
	__atomic_store_n(&raised, 0, __ATOMIC_RELEASE);
}
