// Wakes the JavaScript thread from native threads: one thread-safe callback, raised at most once until it is cleared.
#pragma once

#include "scenecast.h"

typedef struct {
	void (*callback)(void);
	int raised;
} sc_signal_s;

// The callback must stay callable until the process ends. NULL if there is no memory.
SC_EXPORT sc_signal_s *sc_signal_create(void (*callback)(void));

// Thread-safe.
void sc_signal_raise(sc_signal_s *signal);

// To be called on the JavaScript thread before it reads published values; later changes raise the signal again.
SC_EXPORT void sc_signal_clear(sc_signal_s *signal);
