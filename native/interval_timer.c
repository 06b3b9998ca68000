#define _GNU_SOURCE
#include "interval_timer.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "error.h"
#include "js_thread.h"
#include "thread.h"

// Returns false if the timer was stopped. A futex wait with an absolute timeout is as exact as clock_nanosleep, and can be woken.
static bool sleep_until_due(sc_timer_s *timer) {
	const struct timespec until = { timer->due / SC_NS_PER_SECOND, timer->due % SC_NS_PER_SECOND };
	while (!__atomic_load_n(&timer->stopping, __ATOMIC_ACQUIRE)) {
		const long result = syscall(SYS_futex, &timer->stopping, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, &until, NULL,
			FUTEX_BITSET_MATCH_ANY);
		if (result < 0 && errno == ETIMEDOUT) {
			return true;
		}
	}
	return false;
}

static void *run_timer(void *argument) {
	sc_timer_s *timer = argument;
	while (sleep_until_due(timer)) {
		__atomic_add_fetch(&timer->ticks, 1, __ATOMIC_RELEASE);
		sc_signal_raise(timer->signal);
		timer->due += timer->period;
		const int64_t late = sc_now_ns() - timer->due;
		if (late >= 0) {
			timer->due += (late / timer->period + 1) * timer->period; // after a suspend: no burst of ticks, and the same grid
		}
	}
	return NULL;
}

static void end_timer(void *object) {
	sc_timer_s *timer = object;
	__atomic_store_n(&timer->stopping, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &timer->stopping, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, NULL, NULL, 0);
	pthread_join(timer->thread, NULL);
	free(timer);
}

sc_timer_s *sc_timer_create(int64_t period_ns, sc_signal_s *signal) {
	if (period_ns < 1 || period_ns > SC_TIMER_MAX_PERIOD_NS || signal == NULL) {
		sc_fail(SC_E_INVALID, "a timer's period is 1 to %lld ns, not %lld", (long long)SC_TIMER_MAX_PERIOD_NS,
			(long long)period_ns);
		return NULL;
	}
	sc_timer_s *timer = calloc(1, sizeof(*timer));
	if (timer == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for a timer");
		return NULL;
	}
	timer->signal = signal;
	timer->period = period_ns;
	timer->due = sc_now_ns() + period_ns;
	if (sc_thread_start(&timer->thread, "sc-timer", run_timer, timer) != 0) {
		sc_fail_errno("cannot start the thread of a timer");
		free(timer);
		return NULL;
	}
	sc_js_thread_at_end(end_timer, timer);
	return timer;
}

void sc_timer_destroy(sc_timer_s *timer) {
	sc_js_thread_forget(end_timer, timer);
	end_timer(timer);
}

int sc_timer_take(sc_timer_s *timer) {
	const uint32_t ticks = __atomic_load_n(&timer->ticks, __ATOMIC_ACQUIRE);
	const int ticked = ticks != timer->taken;
	timer->taken = ticks;
	return ticked;
}
