#define _GNU_SOURCE
#include "encode_pool.h"

#include <string.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "js_thread.h"
#include "thread.h"

static sc_job_ring_s *_ring_of(sc_pool_s *pool, const sc_job_s *job) { return job->later ? &pool->later : &pool->now; }

static double _now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void _begin(sc_pool_s *pool, sc_job_s *job) {
	const int others = pool->running_whole + (int)pool->now.count - 1;
	// As one band a job for later would hold its thread to its end, whatever comes.
	const int all = pool->threads_count > 2 ? pool->threads_count : 2;
	job->bands = job->vp8 != NULL ? (sc_jpeg_bands_s){ 1, 0 }
		: sc_jpeg_bands_for(&job->picture, job->later ? all : pool->threads_count - others);
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

static int _encode_jpeg(sc_jpeg_encoder_s *encoder, sc_job_s *job, int index) {
	const int result = encoder->handle != NULL ? SC_OK : sc_jpeg_encoder_init(encoder);
	return result < 0 ? result : sc_jpeg_bands_encode(encoder, &job->picture, &job->bands, index, job->jpeg);
}

static int _encode_vp8(sc_job_s *job) {
	const double start = _now_ms();
	job->vp8_frame = sc_vp8_encode(&job->vp8->encoder, &job->vp8_picture);
	job->encode_ms = _now_ms() - start;
	return job->vp8_frame != NULL ? SC_OK : sc_error_code();
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
	const int result = job->vp8 != NULL ? _encode_vp8(job) : _encode_jpeg(encoder, job, index);
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
		free(pool->jobs[index].vp8_frame);
	}
	while (pool->vp8_encoders != NULL) {
		sc_pool_vp8_s *vp8 = pool->vp8_encoders;
		pool->vp8_encoders = vp8->next;
		sc_vp8_end(&vp8->encoder);
		free(vp8);
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

// With the mutex held.
static void _add(sc_pool_s *pool, sc_job_s *job) {
	sc_job_ring_s *ring = _ring_of(pool, job);
	ring->jobs[(ring->head + ring->count) % SC_POOL_SLOTS] = (uint32_t)(job - pool->jobs);
	++ring->count;
	// All of them: there may be a band for each.
	pthread_cond_broadcast(&pool->work);
}

static int _fail_full(void) { return sc_fail(SC_E_FULL, "all %d job slots are taken", SC_POOL_SLOTS); }

int sc_pool_submit(sc_pool_s *pool, uint32_t id, const uint8_t *pixels, uint64_t size, int width, int height,
	int channels, int bottom_up, int quality, int subsampling, int jpeg_width, int jpeg_height, int later) {
	const sc_jpeg_picture_s picture = { pixels, size, jpeg_width, jpeg_height, channels, bottom_up, quality, subsampling, 0,
		width, height };
	if (sc_jpeg_check(&picture) < 0) {
		return sc_error_code();
	}
	int result = SC_OK;
	pthread_mutex_lock(&pool->mutex);
	sc_job_s *job = _free_job(pool);
	sc_jpeg_s *jpeg = job != NULL ? sc_jpeg_create() : NULL;
	if (job == NULL) {
		result = _fail_full();
	} else if (jpeg == NULL) {
		result = sc_error_code();
	} else {
		*job = (sc_job_s){ .state = SC_JOB_WAITING, .later = later != 0, .id = id, .picture = picture, .jpeg = jpeg };
		_add(pool, job);
	}
	pthread_mutex_unlock(&pool->mutex);
	return result;
}

sc_pool_vp8_s *sc_pool_open_vp8(sc_pool_s *pool) {
	sc_pool_vp8_s *vp8 = calloc(1, sizeof(*vp8));
	if (vp8 == NULL) {
		sc_fail(SC_E_SYSTEM, "no memory for a VP8 encoder");
		return NULL;
	}
	sc_vp8_init(&vp8->encoder);
	vp8->next = pool->vp8_encoders;
	pool->vp8_encoders = vp8;
	return vp8;
}

static int _fail_busy(void) { return sc_fail(SC_E_INVALID, "this VP8 encoder has a picture that was not taken"); }

int sc_pool_close_vp8(sc_pool_s *pool, sc_pool_vp8_s *vp8) {
	if (vp8->busy) {
		return _fail_busy();
	}
	sc_pool_vp8_s **at = &pool->vp8_encoders;
	while (*at != vp8) {
		SC_ASSERT(*at != NULL);
		at = &(*at)->next;
	}
	*at = vp8->next;
	sc_vp8_end(&vp8->encoder);
	free(vp8);
	return SC_OK;
}

int sc_pool_submit_vp8(sc_pool_s *pool, sc_pool_vp8_s *vp8, uint32_t id, const uint8_t *pixels, uint64_t size,
	int width, int height, int channels, int bottom_up, int bitrate, int keyframe, int64_t time_us) {
	const sc_vp8_picture_s picture
		= { pixels, size, width, height, channels, bottom_up, bitrate, keyframe, time_us };
	if (sc_vp8_check(&picture) < 0) {
		return sc_error_code();
	}
	if (vp8->busy) {
		return _fail_busy();
	}
	int result = SC_OK;
	pthread_mutex_lock(&pool->mutex);
	sc_job_s *job = _free_job(pool);
	if (job == NULL) {
		result = _fail_full();
	} else {
		*job = (sc_job_s){ .state = SC_JOB_WAITING, .id = id, .vp8 = vp8, .vp8_picture = picture };
		vp8->busy = true;
		_add(pool, job);
	}
	pthread_mutex_unlock(&pool->mutex);
	return result;
}

static void _hand_over(sc_job_s *job, sc_pool_result_s *out) {
	*out = (sc_pool_result_s){ .id = job->id, .result = job->result };
	if (job->vp8 != NULL) {
		const sc_vp8_frame_s *frame = job->vp8_frame;
		out->size = frame != NULL ? frame->size : 0;
		out->made = (uint64_t)(uintptr_t)frame;
		out->keyframe = frame != NULL ? frame->keyframe : 0;
		out->quantizer = frame != NULL ? frame->quantizer : 0;
		out->encode_ms = job->encode_ms;
		job->vp8->busy = false;
	} else {
		out->size = job->jpeg != NULL ? sc_jpeg_size(job->jpeg) : 0;
		out->made = (uint64_t)(uintptr_t)job->jpeg;
	}
	memcpy(out->message, job->message, sizeof(out->message));
	job->jpeg = NULL;
	job->vp8_frame = NULL;
	job->state = SC_JOB_FREE;
}

int sc_pool_take(sc_pool_s *pool, sc_pool_result_s *out) {
	int found = 0;
	pthread_mutex_lock(&pool->mutex);
	for (int index = 0; index < SC_POOL_SLOTS && !found; ++index) {
		if (pool->jobs[index].state == SC_JOB_DONE) {
			_hand_over(&pool->jobs[index], out);
			found = 1;
		}
	}
	pthread_mutex_unlock(&pool->mutex);
	return found;
}
