#include "signal.h"

#include "error.h"

sc_signal_s *sc_signal_create(void (*callback)(void)) {
	sc_signal_s *signal = calloc(1, sizeof(*signal));
	if (signal == NULL || callback == NULL) {
		free(signal);
		sc_fail(SC_E_SYSTEM, "no memory or no callback for a signal");
		return NULL;
	}
	signal->callback = callback;
	return signal;
}

void sc_signal_raise(sc_signal_s *signal) {
	if (__atomic_exchange_n(&signal->raised, 1, __ATOMIC_ACQ_REL) == 0) {
		signal->callback();
	}
}

void sc_signal_clear(sc_signal_s *signal) { __atomic_exchange_n(&signal->raised, 0, __ATOMIC_ACQ_REL); }
