#define _GNU_SOURCE
#include "parallel.h"

#include <pthread.h>
#include <sched.h>

#include "thread.h"

static int set_threads;

// Shared by the caller and its threads; the last one frees it.
typedef struct {
	uint64_t count;
	uint64_t grain;
	uint64_t next; // first item that no thread has taken
	uint64_t done; // number of items that are finished
	int users;
	pthread_mutex_t mutex;
	pthread_cond_t all_done;
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

static void run_ranges(loop_s *loop) {
	for (;;) {
		const uint64_t begin = __atomic_fetch_add(&loop->next, loop->grain, __ATOMIC_RELAXED);
		if (begin >= loop->count) {
			return;
		}
		const uint64_t rest = loop->count - begin;
		const uint64_t length = rest < loop->grain ? rest : loop->grain;
		loop->run(loop->context, begin, begin + length);
		if (__atomic_add_fetch(&loop->done, length, __ATOMIC_ACQ_REL) == loop->count) {
			pthread_mutex_lock(&loop->mutex);
			pthread_cond_signal(&loop->all_done);
			pthread_mutex_unlock(&loop->mutex);
		}
	}
}

static void release(loop_s *loop) {
	if (__atomic_sub_fetch(&loop->users, 1, __ATOMIC_ACQ_REL) == 0) {
		pthread_cond_destroy(&loop->all_done);
		pthread_mutex_destroy(&loop->mutex);
		free(loop);
	}
}

static void *help(void *argument) {
	run_ranges(argument);
	release(argument);
	return NULL;
}

// Starts threads that help with a loop. They are not joined: on a busy machine, one that is scheduled only after the others have done all
// of the work would delay the caller by a time slice, 5 to 20 ms.
static void start_helpers(loop_s *loop, uint64_t helpers) {
	for (uint64_t i = 0; i < helpers; ++i) {
		__atomic_add_fetch(&loop->users, 1, __ATOMIC_RELAXED);
		pthread_t thread;
		if (sc_thread_start(&thread, "sc-mesh", help, loop) != 0) {
			release(loop);
			return;
		}
		pthread_detach(thread);
	}
}

static void run_alone(uint64_t count, uint64_t grain, void (*run)(void *context, uint64_t begin, uint64_t end), void *context) {
	for (uint64_t begin = 0; begin < count; begin += grain) {
		run(context, begin, count - begin < grain ? count : begin + grain);
	}
}

void sc_parallel_for(uint64_t count, uint64_t grain, void (*run)(void *context, uint64_t begin, uint64_t end), void *context) {
	const uint64_t ranges = count / grain + (count % grain != 0);
	const uint64_t threads = ranges > 1 ? (uint64_t)sc_parallel_threads() : 1;
	loop_s *loop = threads > 1 ? calloc(1, sizeof(*loop)) : NULL;
	if (loop == NULL) {
		run_alone(count, grain, run, context);
		return;
	}
	*loop = (loop_s){ .count = count, .grain = grain, .users = 1, .run = run, .context = context };
	pthread_mutex_init(&loop->mutex, NULL);
	pthread_cond_init(&loop->all_done, NULL);
	start_helpers(loop, (threads < ranges ? threads : ranges) - 1);
	run_ranges(loop);
	pthread_mutex_lock(&loop->mutex);
	while (__atomic_load_n(&loop->done, __ATOMIC_ACQUIRE) < count) {
		pthread_cond_wait(&loop->all_done, &loop->mutex);
	}
	pthread_mutex_unlock(&loop->mutex);
	release(loop);
}
