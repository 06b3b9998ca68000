// The watches and the timers, for ThreadSanitizer and AddressSanitizer.
#define _GNU_SOURCE
#include <time.h>

#include "../interval_timer.h"
#include "../js_thread.h"
#include "../local_memory.h"
#include "../word_watch.h"
#include "../worker_pool.h"
#include "check.h"
#include "raised.h"

static sc_watch_s *check_watch(sc_shm_s *shm, sc_signal_s *signal, int mode) {
	sc_watch_s *watch = sc_watch_create(shm, 4100, mode, signal);
	CHECK(watch != NULL);
	for (uint32_t expected = 1; expected <= 20; ++expected) {
		CHECK(sc_word_wake(shm, 4100) == SC_OK);
		uint32_t value = 0;
		while (value != expected) {
			wait_for_signal(signal);
			(void)sc_watch_take(watch, &value);
		}
	}
	CHECK(sc_watch_create(shm, 8190, mode, signal) == NULL && sc_watch_create(shm, 8192, mode, signal) == NULL);
	CHECK(sc_watch_create(shm, UINT64_MAX - 3, mode, signal) == NULL && sc_watch_create(shm, 0, 7, signal) == NULL);
	return watch;
}

static void test_watch(sc_signal_s *signal, int mode) {
	sc_shm_s *shm = sc_shm_create(SC_SHM_PREFIX, 8192);
	CHECK(shm != NULL);
	sc_watch_s *watch = check_watch(shm, signal, mode);
	sc_shm_unlink(shm);
	sc_shm_close(shm);
	sc_watch_destroy(watch);
}

static void test_local_watch(sc_signal_s *signal, int mode) {
	uint8_t *memory = calloc(1, 8192);
	sc_shm_s *local = sc_local_create(memory, 8192);
	CHECK(local != NULL);
	sc_watch_s *watch = check_watch(local, signal, mode);
	sc_local_destroy(local);
	sc_watch_destroy(watch);
	free(memory);
}

enum { PERIOD = 1000000 };

static sc_timer_s *ticking;
static int64_t first_due;
static int64_t last_due;

// Called on the timer's thread during a tick; every third call lasts two and a half periods.
static void on_tick(void) {
	const struct timespec long_tick = { 0, PERIOD * 5 / 2 };
	const sc_timer_s *timer = __atomic_load_n(&ticking, __ATOMIC_ACQUIRE);
	if (timer != NULL) {
		first_due = first_due == 0 ? timer->due : first_due;
		CHECK((timer->due - first_due) % PERIOD == 0 && timer->due > last_due);
		last_due = timer->due;
		if ((timer->due - first_due) / PERIOD % 3 == 0) {
			nanosleep(&long_tick, NULL);
		}
	}
	on_signal();
}

static void test_timer(void) {
	sc_signal_s *signal = sc_signal_create(on_tick);
	CHECK(signal != NULL);
	sc_timer_s *timer = sc_timer_create(PERIOD, signal);
	CHECK(timer != NULL);
	__atomic_store_n(&ticking, timer, __ATOMIC_RELEASE);
	for (int taken = 0; taken < 50;) {
		wait_for_signal(signal);
		taken += sc_timer_take(timer);
	}
	sc_timer_destroy(timer);
	__atomic_store_n(&ticking, NULL, __ATOMIC_RELEASE);
	CHECK(last_due > first_due);
	// Destroyed while its thread starts, sleeps or ticks continuously; a thread that cannot be woken would sleep for weeks.
	const int64_t periods[] = { SC_TIMER_MAX_PERIOD_NS, 1 };
	for (int round = 0; round < 200; ++round) {
		timer = sc_timer_create(periods[round % 2], signal);
		CHECK(timer != NULL);
		sc_timer_destroy(timer);
	}
	CHECK(sc_timer_create(0, signal) == NULL && sc_timer_create(SC_TIMER_MAX_PERIOD_NS + 1, signal) == NULL);
	CHECK(sc_timer_create(INT64_MIN, signal) == NULL && sc_timer_create(1, NULL) == NULL);
	free(signal);
}

// Node-API functions, which Bun's executable provides otherwise.
static struct { void (*end)(void *); void *object; } hooks[4];
static int hooks_count;

int napi_add_env_cleanup_hook(void *env, void (*end)(void *), void *object);
int napi_remove_env_cleanup_hook(void *env, void (*end)(void *), void *object);

int napi_add_env_cleanup_hook(void *env, void (*end)(void *), void *object) {
	CHECK(env == hooks && hooks_count < 4);
	hooks[hooks_count].end = end;
	hooks[hooks_count++].object = object;
	return 0;
}

int napi_remove_env_cleanup_hook(void *env, void (*end)(void *), void *object) {
	CHECK(env == hooks && hooks_count > 0);
	CHECK(hooks[hooks_count - 1].end == end && hooks[hooks_count - 1].object == object);
	--hooks_count;
	return 0;
}

static void test_end_of_js_thread(sc_signal_s *signal) {
	int other_env;
	CHECK(napi_register_module_v1(hooks, &hooks_count) == &hooks_count);
	CHECK(napi_register_module_v1(&other_env, NULL) == NULL); // a second load on the same thread changes nothing
	CHECK(sc_timer_create(1000, signal) != NULL && hooks_count == 1);
	sc_timer_s *timer = sc_timer_create(1000, signal);
	CHECK(timer != NULL && hooks_count == 2);
	sc_timer_destroy(timer);
	CHECK(hooks_count == 1);
	uint32_t memory[2] = { 0 };
	sc_shm_s *local = sc_local_create(memory, sizeof(memory));
	CHECK(sc_watch_create(local, 0, SC_WATCH_FUTEX, signal) != NULL && hooks_count == 2);
	sc_watch_s *watch = sc_watch_create(local, 4, SC_WATCH_POLL, signal);
	CHECK(watch != NULL && hooks_count == 3);
	sc_watch_destroy(watch);
	sc_local_destroy(local);
	CHECK(sc_pool_create(2, signal) != NULL && hooks_count == 3);
	sc_pool_s *pool = sc_pool_create(1, signal);
	CHECK(pool != NULL && hooks_count == 4);
	sc_pool_destroy(pool);
	CHECK(hooks_count == 3);
	// The sanitizers detect leaks and threads that still run.
	while (hooks_count-- > 0) {
		hooks[hooks_count].end(hooks[hooks_count].object);
	}
}

int main(void) {
	sc_signal_s *signal = sc_signal_create(on_signal);
	CHECK(signal != NULL);
	test_watch(signal, SC_WATCH_FUTEX);
	test_watch(signal, SC_WATCH_POLL);
	test_local_watch(signal, SC_WATCH_FUTEX);
	test_local_watch(signal, SC_WATCH_POLL);
	test_timer();
	test_end_of_js_thread(signal);
	free(signal);
	puts("threads: ok");
	return 0;
}
