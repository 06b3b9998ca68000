#define _GNU_SOURCE
#include "parallel.h"

#include <pthread.h>
#include <sched.h>

#include "thread.h"

static int set_threads;

typedef struct {
	uint64_t count;
	uint64_t grain;
	uint64_t next; // first item that no thread has taken
	void (*run)(void *context, uint64_t begin, uint64_t end);
	void *context;
} loop_s;

int sc_parallel_threads(void) {
	const int wanted = __atomic_load_n(&set_threads, __ATOMIC_RELAXED);
	if (wanted > 0) {
		return wanted;
	}
	cpu_set_t set;
	const int usable = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
	return usable < 1 ? 1 : usable > SC_PARALLEL_MAX_THREADS ? SC_PARALLEL_MAX_THREADS : usable;
}

void sc_parallel_set_threads(int threads) {
	const int most = SC_PARALLEL_MAX_THREADS;
	__atomic_store_n(&set_threads, threads < 0 ? 0 : threads > most ? most : threads, __ATOMIC_RELAXED);
}

static void *run_loop(void *argument) {
	loop_s *loop = argument;
	for (;;) {
		const uint64_t begin = __atomic_fetch_add(&loop->next, loop->grain, __ATOMIC_RELAXED);
		if (begin >= loop->count) {
			return NULL;
		}
		const uint64_t rest = loop->count - begin;
		loop->run(loop->context, begin, begin + (rest < loop->grain ? rest : loop->grain));
	}
}

void sc_parallel_for(uint64_t count, uint64_t grain, void (*run)(void *context, uint64_t begin, uint64_t end), void *context) {
	loop_s loop = { count, grain, 0, run, context };
	pthread_t threads[SC_PARALLEL_MAX_THREADS];
	int started = 0;
	const uint64_t ranges = count / grain + (count % grain != 0);
	const int wanted = ranges > 1 ? sc_parallel_threads() : 1;
	while (started + 1 < wanted && (uint64_t)started + 1 < ranges
		&& sc_thread_start(&threads[started], "sc-mesh", run_loop, &loop) == 0) {
		++started;
	}
	run_loop(&loop);
	for (int index = 0; index < started; ++index) {
		pthread_join(threads[index], NULL);
	}
}
