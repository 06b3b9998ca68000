#define _GNU_SOURCE
#include "worker_pool.h"

#include <malloc.h>
#include <sched.h>
#include <string.h>

#include "error.h"
#include "js_thread.h"
#include "thread.h"

// Freed blocks of this size or more return to the system, bytes; an encoded frame is smaller. Without this, glibc keeps the
// buffers of closed encoders in the arena of each thread that opened one: 33 MiB for VP8 at 720p.
#define MMAP_THRESHOLD (1 << 20)

typedef struct worker_state_s {
	struct worker_state_s *next;
	void (*destroy)(void *state);
	max_align_t state[];
} worker_state_s;

struct sc_worker_s {
	worker_state_s *states;
};

void *sc_worker_state(sc_worker_s *worker, size_t size, void (*destroy)(void *state)) {
	for (worker_state_s *state = worker->states; state != NULL; state = state->next) {
		if (state->destroy == destroy) {
			return state->state;
		}
	}
	worker_state_s *state = calloc(1, sizeof(*state) + size);
	if (state == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for %zu bytes of a thread's state", size);
		return NULL;
	}
	state->destroy = destroy;
	state->next = worker->states;
	worker->states = state;
	return state->state;
}

static void destroy_states(sc_worker_s *worker) {
	while (worker->states != NULL) {
		worker_state_s *state = worker->states;
		worker->states = state->next;
		state->destroy(state->state);
		free(state);
	}
}

static sc_job_ring_s *ring_of(sc_pool_s *pool, const sc_job_s *job) { return job->low_priority ? &pool->low : &pool->normal; }

static void start_job(sc_pool_s *pool, sc_job_s *job) {
	const int others = pool->running_whole + (int)pool->normal.count - 1;
	// A low-priority job of one band would hold its thread until it finishes, even if a normal one is submitted.
	const int all = pool->threads_count > 2 ? pool->threads_count : 2;
	const int threads = job->low_priority ? all : pool->threads_count - others;
	job->bands = job->type->count_bands != NULL ? job->type->count_bands(job, threads) : 1;
	job->state = SC_JOB_RUNNING;
	pool->running_whole += job->bands == 1;
}

// Removes the oldest job of a ring, whose last band was started.
static void advance_ring(sc_job_ring_s *ring) {
	ring->head = (ring->head + 1) % SC_POOL_SLOTS;
	--ring->count;
}

static void fail_job(sc_pool_s *pool, sc_job_s *job, int code) {
	job->result = code;
	snprintf(job->message, sizeof(job->message), "%.250s", sc_error_message());
	if (job->started < job->bands) {
		job->started = job->bands;
		advance_ring(ring_of(pool, job));
	}
}

// Called with the mutex held, which is released during the work.
static void run_band(sc_pool_s *pool, sc_worker_s *worker) {
	sc_job_ring_s *ring = pool->normal.count > 0 ? &pool->normal : &pool->low;
	sc_job_s *job = ring->jobs[ring->head];
	if (job->state == SC_JOB_WAITING) {
		start_job(pool, job);
	}
	const int band = job->started++;
	if (job->started == job->bands) {
		advance_ring(ring);
	}
	++job->running;
	pthread_mutex_unlock(&pool->mutex);
	const int result = job->type->run(job, band, worker);
	pthread_mutex_lock(&pool->mutex);
	--job->running;
	if (result < 0) {
		fail_job(pool, job, result);
	}
	if (job->running == 0 && job->started == job->bands) {
		pool->running_whole -= job->bands == 1;
		job->state = SC_JOB_DONE;
		pthread_mutex_unlock(&pool->mutex);
		sc_signal_raise(pool->signal);
		pthread_mutex_lock(&pool->mutex);
	}
}

static void *run_worker(void *argument) {
	sc_pool_s *pool = argument;
	sc_worker_s worker = { NULL };
	pthread_mutex_lock(&pool->mutex);
	while (!pool->stopping) {
		if (pool->normal.count + pool->low.count > 0) {
			run_band(pool, &worker);
		} else {
			pthread_cond_wait(&pool->work, &pool->mutex);
		}
	}
	pthread_mutex_unlock(&pool->mutex);
	destroy_states(&worker);
	return NULL;
}

static int default_threads(void) {
	cpu_set_t set;
	const int usable = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
	return usable < 1 ? 1 : usable > 4 ? 4 : usable;
}

static void end_pool(void *object) {
	sc_pool_s *pool = object;
	pthread_mutex_lock(&pool->mutex);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->mutex);
	for (int index = 0; index < pool->threads_count; ++index) {
		pthread_join(pool->threads[index], NULL);
	}
	for (int index = 0; index < SC_POOL_SLOTS; ++index) {
		if (pool->jobs[index] != NULL) {
			pool->jobs[index]->type->destroy(pool->jobs[index]);
		}
	}
	while (pool->resources != NULL) {
		sc_pool_resource_s *resource = pool->resources;
		pool->resources = resource->next;
		resource->destroy(resource);
	}
	pthread_cond_destroy(&pool->work);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

sc_pool_s *sc_pool_create(int threads, sc_signal_s *signal) {
	if (threads < 0 || threads > SC_POOL_MAX_THREADS || signal == NULL) {
		sc_fail(SC_E_INVALID, "a pool has 1 to %d threads, not %d", SC_POOL_MAX_THREADS, threads);
		return NULL;
	}
	sc_pool_s *pool = calloc(1, sizeof(*pool));
	if (pool == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for a pool");
		return NULL;
	}
	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	pool->signal = signal;
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->work, NULL);
	const int wanted = threads > 0 ? threads : default_threads();
	while (pool->threads_count < wanted
		&& sc_thread_start(&pool->threads[pool->threads_count], "sc-encode", run_worker, pool) == 0) {
		++pool->threads_count;
	}
	if (pool->threads_count == 0) {
		end_pool(pool);
		sc_fail(SC_E_SYSTEM, "cannot start a thread: the limit of processes (ulimit -u) is reached");
		return NULL;
	}
	sc_js_thread_at_end(end_pool, pool);
	return pool;
}

void sc_pool_destroy(sc_pool_s *pool) {
	sc_js_thread_forget(end_pool, pool);
	end_pool(pool);
}

static sc_job_s **free_slot(sc_pool_s *pool) {
	for (int index = 0; index < SC_POOL_SLOTS; ++index) {
		if (pool->jobs[index] == NULL) {
			return &pool->jobs[index];
		}
	}
	return NULL;
}

int sc_pool_submit(sc_pool_s *pool, sc_job_s *job) {
	pthread_mutex_lock(&pool->mutex);
	sc_job_s **slot = free_slot(pool);
	if (slot != NULL) {
		*slot = job;
		sc_job_ring_s *ring = ring_of(pool, job);
		ring->jobs[(ring->head + ring->count) % SC_POOL_SLOTS] = job;
		++ring->count;
		// All threads: there may be a band for each.
		pthread_cond_broadcast(&pool->work);
	}
	pthread_mutex_unlock(&pool->mutex);
	if (slot != NULL) {
		return SC_OK;
	}
	job->type->destroy(job);
	return sc_fail(SC_E_FULL, "all %d job slots are in use", SC_POOL_SLOTS);
}

// Removes a finished job from its slot. NULL if there is none.
static sc_job_s *remove_finished(sc_pool_s *pool) {
	sc_job_s *job = NULL;
	pthread_mutex_lock(&pool->mutex);
	for (int index = 0; index < SC_POOL_SLOTS && job == NULL; ++index) {
		if (pool->jobs[index] != NULL && pool->jobs[index]->state == SC_JOB_DONE) {
			job = pool->jobs[index];
			pool->jobs[index] = NULL;
		}
	}
	pthread_mutex_unlock(&pool->mutex);
	return job;
}

int sc_pool_take(sc_pool_s *pool, sc_pool_result_s *result) {
	sc_job_s *job = remove_finished(pool);
	if (job == NULL) {
		return 0;
	}
	*result = (sc_pool_result_s){ .id = job->id, .result = job->result };
	memcpy(result->message, job->message, sizeof(result->message));
	if (job->type->finish != NULL) {
		job->type->finish(job, result);
	}
	job->type->destroy(job);
	return 1;
}

void sc_pool_add_resource(sc_pool_s *pool, sc_pool_resource_s *resource) {
	resource->next = pool->resources;
	pool->resources = resource;
}

void sc_pool_remove_resource(sc_pool_s *pool, sc_pool_resource_s *resource) {
	sc_pool_resource_s **at = &pool->resources;
	while (*at != resource) {
		SC_ASSERT(*at != NULL);
		at = &(*at)->next;
	}
	*at = resource->next;
}
