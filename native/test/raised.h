// For the test drivers: a signal's callback, and waiting for it.
#pragma once

#include <time.h>

#include "../signal.h"

static int raised;

static inline void on_signal(void) { __atomic_add_fetch(&raised, 1, __ATOMIC_RELEASE); }

static inline void wait_for_signal(sc_signal_s *signal) {
	const struct timespec pause = { 0, 100000 };
	while (__atomic_exchange_n(&raised, 0, __ATOMIC_ACQUIRE) == 0) {
		nanosleep(&pause, NULL);
	}
	sc_signal_clear(signal);
}

// Clears the signals of a destroyed pool.
static inline void forget_signals(sc_signal_s *signal) {
	sc_signal_clear(signal);
	__atomic_store_n(&raised, 0, __ATOMIC_RELEASE);
}
