#define _GNU_SOURCE
#include "encode_pool.h"

#include <string.h>
#include <sched.h>
#include <unistd.h>

#include "error.h"
#include "js_thread.h"
#include "thread.h"

static sc_job_ring_s *_ring_of(sc_pool_s *pool, const sc_job_s *job) { return job->later ? &pool->later : &pool->now; }

static void _begin(sc_pool_s *pool, sc_job_s *job) {
	const int others = pool->running_whole + (int)pool->now.count - 1;
	// As one band a job for later would hold its thread to its end, whatever comes.
	const int all = pool->threads_count > 2 ? pool->threads_count : 2;
	job->bands = sc_jpeg_bands_for(&job->picture, job->later ? all : pool->threads_count - others);
	job->state = SC_JOB_RUNNING;
	pool->running_whole += job->bands.count == 1;
}

// After the last band of the oldest job was taken, which is the only one of its kind that can have some taken and some not.
static void _next_job(sc_job_ring_s *ring) {
	ring->head = (ring->head + 1) % SC_POOL_SLOTS;
	--ring->count;
}

static void _fail(sc_pool_s *pool, sc_job_s *job, int code) {
	job->result = code;
	snprintf(job->message, sizeof(job->message), "%.250s", sc_error_message());
	if (job->taken < job->bands.count) {
		job->taken = job->bands.count;
		_next_job(_ring_of(pool, job));
	}
}

static void _finish(sc_pool_s *pool, sc_job_s *job) {
	if (job->result < 0) {
		sc_jpeg_destroy(job->jpeg);
		job->jpeg = NULL;
	}
	pool->running_whole -= job->bands.count == 1;
	job->state = SC_JOB_DONE;
}

// With the mutex held, which is given back for the work.
static void _encode_band(sc_pool_s *pool, sc_jpeg_encoder_s *encoder) {
	sc_job_ring_s *ring = pool->now.count > 0 ? &pool->now : &pool->later;
	sc_job_s *job = &pool->jobs[ring->jobs[ring->head]];
	if (job->state == SC_JOB_WAITING) {
		_begin(pool, job);
	}
	const int index = job->taken++;
	if (job->taken == job->bands.count) {
		_next_job(ring);
	}
	++job->working;
	pthread_mutex_unlock(&pool->mutex);
	int result = encoder->handle != NULL ? SC_OK : sc_jpeg_encoder_init(encoder);
	if (result == SC_OK) {
		result = sc_jpeg_bands_encode(encoder, &job->picture, &job->bands, index, job->jpeg);
	}
	pthread_mutex_lock(&pool->mutex);
	--job->working;
	if (result < 0) {
		_fail(pool, job, result);
	}
	if (job->working == 0 && job->taken == job->bands.count) {
		_finish(pool, job);
		pthread_mutex_unlock(&pool->mutex);
		sc_signal_raise(pool->signal);
		pthread_mutex_lock(&pool->mutex);
	}
}

static void *_thread(void *argument) {
	sc_pool_s *pool = argument;
	sc_jpeg_encoder_s encoder;
	// Out of memory here shows up as a failed job later.
	(void)sc_jpeg_encoder_init(&encoder);
	pthread_mutex_lock(&pool->mutex);
	while (!pool->stopping) {
		if (pool->now.count + pool->later.count > 0) {
			_encode_band(pool, &encoder);
		} else {
			pthread_cond_wait(&pool->work, &pool->mutex);
		}
	}
	pthread_mutex_unlock(&pool->mutex);
	sc_jpeg_encoder_destroy(&encoder);
	return NULL;
}

static int _default_threads(void) {
	cpu_set_t set;
	const int usable = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
	return usable < 1 ? 1 : usable > 4 ? 4 : usable;
}

static void _end(void *object) {
	sc_pool_s *pool = object;
	pthread_mutex_lock(&pool->mutex);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->mutex);
	for (int index = 0; index < pool->threads_count; ++index) {
		pthread_join(pool->threads[index], NULL);
	}
	for (int index = 0; index < SC_POOL_SLOTS; ++index) {
		sc_jpeg_destroy(pool->jobs[index].jpeg);
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
	pool->signal = signal;
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->work, NULL);
	const int wanted = threads > 0 ? threads : _default_threads();
	while (pool->threads_count < wanted && sc_thread_start(&pool->threads[pool->threads_count], "sc-encode", _thread, pool) == 0) {
		++pool->threads_count;
	}
	if (pool->threads_count == 0) {
		_end(pool);
		sc_fail(SC_E_SYSTEM, "no thread can be started: the limit of processes (ulimit -u) is reached");
		return NULL;
	}
	sc_js_thread_at_end(_end, pool);
	return pool;
}

void sc_pool_destroy(sc_pool_s *pool) {
	sc_js_thread_forget(_end, pool);
	_end(pool);
}

static sc_job_s *_free_job(sc_pool_s *pool) {
	for (int index = 0; index < SC_POOL_SLOTS; ++index) {
		if (pool->jobs[index].state == SC_JOB_FREE) {
			return &pool->jobs[index];
		}
	}
	return NULL;
}

int sc_pool_submit(sc_pool_s *pool, uint32_t id, const uint8_t *pixels, uint64_t size, int width, int height,
	int channels, int bottom_up, int quality, int subsampling, int later) {
	const sc_jpeg_picture_s picture = { pixels, size, width, height, channels, bottom_up, quality, subsampling, 0 };
	if (sc_jpeg_check(&picture) < 0) {
		return sc_error_code();
	}
	int result = SC_OK;
	pthread_mutex_lock(&pool->mutex);
	sc_job_s *job = _free_job(pool);
	sc_jpeg_s *jpeg = job != NULL ? sc_jpeg_create() : NULL;
	if (job == NULL) {
		result = sc_fail(SC_E_FULL, "all %d job slots are taken", SC_POOL_SLOTS);
	} else if (jpeg == NULL) {
		result = sc_error_code();
	} else {
		*job = (sc_job_s){ .state = SC_JOB_WAITING, .later = later != 0, .id = id, .picture = picture, .jpeg = jpeg };
		sc_job_ring_s *ring = _ring_of(pool, job);
		ring->jobs[(ring->head + ring->count) % SC_POOL_SLOTS] = (uint32_t)(job - pool->jobs);
		++ring->count;
		// All of them: there may be a band for each.
		pthread_cond_broadcast(&pool->work);
	}
	pthread_mutex_unlock(&pool->mutex);
	return result;
}

int sc_pool_take(sc_pool_s *pool, sc_pool_result_s *out) {
	int found = 0;
	pthread_mutex_lock(&pool->mutex);
	for (int index = 0; index < SC_POOL_SLOTS && !found; ++index) {
		sc_job_s *job = &pool->jobs[index];
		if (job->state == SC_JOB_DONE) {
			out->id = job->id;
			out->result = job->result;
			out->jpeg_size = job->jpeg != NULL ? sc_jpeg_size(job->jpeg) : 0;
			out->jpeg = (uint64_t)(uintptr_t)job->jpeg;
			memcpy(out->message, job->message, sizeof(out->message));
			job->jpeg = NULL;
			job->state = SC_JOB_FREE;
			found = 1;
		}
	}
	pthread_mutex_unlock(&pool->mutex);
	return found;
}
