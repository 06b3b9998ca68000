// How native threads wake the JavaScript thread: one thread-safe callback, raised at most once until it was seen.
#pragma once

#include "scenecast.h"

typedef struct {
	void (*callback)(void);
	int raised;
} sc_signal_s;

// The callback must stay callable until the process ends. NULL when there is no memory.
SC_EXPORT sc_signal_s *sc_signal_create(void (*callback)(void));

// From any thread.
void sc_signal_raise(sc_signal_s *signal);

// On the JavaScript thread, before it looks at what is new: whatever is published later raises again.
SC_EXPORT void sc_signal_clear(sc_signal_s *signal);
