// JPEG encoding on threads of its own. Jobs go in from one thread and come back to it in the order they finish.
//
// Jobs are for a view that moves, or for later. A thread takes a band of a job for later only when there is none of the
// others: what moves waits for one such band at most. Within its kind:
//
// A job is begun when a thread is free for it, in the order of submission. If more threads than that one have nothing
// else to do, the picture is cut into bands, and every thread that is free takes the next band of the oldest job: the
// picture is done sooner. While there are other pictures for all threads it is one band, which is less work in all.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "jpeg_bands.h"
#include "signal.h"

#define SC_POOL_MAX_THREADS 16
#define SC_POOL_SLOTS 32

typedef enum { SC_JOB_FREE, SC_JOB_WAITING, SC_JOB_RUNNING, SC_JOB_DONE } sc_job_state_e;

// Jobs with bands to take, a ring, oldest first.
typedef struct {
	uint32_t jobs[SC_POOL_SLOTS];
	uint32_t head;
	uint32_t count;
} sc_job_ring_s;

typedef struct {
	sc_job_state_e state;
	bool later;
	uint32_t id;
	sc_jpeg_picture_s picture;
	sc_jpeg_bands_s bands; // from when it runs
	int taken;             // bands that a thread has begun, or that need none because another failed
	int working;           // threads at a band
	int result;            // of a band that failed, if one did
	char message[256];
	sc_jpeg_s *jpeg;
} sc_job_s;

typedef struct {
	sc_signal_s *signal;
	pthread_mutex_t mutex;
	pthread_cond_t work;
	bool stopping;
	sc_job_s jobs[SC_POOL_SLOTS];
	int running_whole; // jobs of one band that run
	sc_job_ring_s now;
	sc_job_ring_s later;
	int threads_count;
	pthread_t threads[SC_POOL_MAX_THREADS];
} sc_pool_s;

// Read by src/native/symbols.ts at these offsets.
typedef struct {
	uint32_t id;
	int32_t result;
	uint64_t jpeg_size;
	uint64_t jpeg;   // for sc_jpeg_take; 0 on error
	char message[256];
} sc_pool_result_s;

_Static_assert(offsetof(sc_pool_result_s, jpeg) == 16 && offsetof(sc_pool_result_s, message) == 24
	&& sizeof(sc_pool_result_s) == 280, "POOL_RESULT in src/native/symbols.ts");

// `threads` 0 means one per core, at most 4. NULL on error.
SC_EXPORT sc_pool_s *sc_pool_create(int threads, sc_signal_s *signal);

// Lets running bands end, drops the rest, joins the threads.
SC_EXPORT void sc_pool_destroy(sc_pool_s *pool);

// `pixels` must stay as they are until the job is taken. SC_E_FULL when no slot is free.
SC_EXPORT int sc_pool_submit(sc_pool_s *pool, uint32_t id, const uint8_t *pixels, uint64_t size, int width, int height,
	int channels, int bottom_up, int quality, int subsampling, int later);

// 1 and a finished job in *out, or 0.
SC_EXPORT int sc_pool_take(sc_pool_s *pool, sc_pool_result_s *out);
