// Encoding on threads of its own: pictures to JPEG, and to frames of VP8 streams. Jobs go in from one thread and come back to
// it in the order they finish.
//
// Jobs are for a view that moves, or for later. A thread takes a band of a job for later only when there is none of the
// others: what moves waits for one such band at most. Within its kind:
//
// A job is begun when a thread is free for it, in the order of submission. If more threads than that one have nothing
// else to do, the picture is cut into bands, and every thread that is free takes the next band of the oldest job: the
// picture is done sooner. While there are other pictures for all threads it is one band, which is less work in all.
//
// A picture for VP8 is one band and never for later. A VP8 encoder has one job at a time, because each of its frames begins
// where the one before ended.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "jpeg_bands.h"
#include "signal.h"
#include "vp8.h"

#define SC_POOL_MAX_THREADS 16
#define SC_POOL_SLOTS 32

typedef enum { SC_JOB_FREE, SC_JOB_WAITING, SC_JOB_RUNNING, SC_JOB_DONE } sc_job_state_e;

// Jobs with bands to take, a ring, oldest first.
typedef struct {
	uint32_t jobs[SC_POOL_SLOTS];
	uint32_t head;
	uint32_t count;
} sc_job_ring_s;

// A VP8 encoder of a pool.
typedef struct sc_pool_vp8_s {
	struct sc_pool_vp8_s *next; // of the pool's
	sc_vp8_s encoder;
	bool busy; // has a job that was not taken
} sc_pool_vp8_s;

typedef struct {
	sc_job_state_e state;
	bool later;
	uint32_t id;
	sc_pool_vp8_s *vp8; // NULL for a JPEG
	sc_vp8_picture_s vp8_picture;
	sc_vp8_frame_s *vp8_frame;
	double encode_ms; // of VP8
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
	sc_pool_vp8_s *vp8_encoders;
	int threads_count;
	pthread_t threads[SC_POOL_MAX_THREADS];
} sc_pool_s;

// Read by src/native/symbols.ts at these offsets.
typedef struct {
	uint32_t id;
	int32_t result;
	uint64_t size;     // bytes of what was made
	uint64_t made;     // for sc_jpeg_take or sc_vp8_take, as the job was; 0 on error
	int32_t keyframe;  // of VP8, like the next two
	int32_t quantizer;
	double encode_ms;
	char message[256];
} sc_pool_result_s;

_Static_assert(offsetof(sc_pool_result_s, made) == 16 && offsetof(sc_pool_result_s, quantizer) == 28
	&& offsetof(sc_pool_result_s, encode_ms) == 32 && offsetof(sc_pool_result_s, message) == 40
	&& sizeof(sc_pool_result_s) == 296, "POOL_RESULT in src/native/symbols.ts");

// `threads` 0 means one per core, at most 4. NULL on error.
SC_EXPORT sc_pool_s *sc_pool_create(int threads, sc_signal_s *signal);

// Lets running bands end, drops the rest, joins the threads.
SC_EXPORT void sc_pool_destroy(sc_pool_s *pool);

// `pixels`, width x height, must stay unchanged until the job is taken; they are scaled if the JPEG has another size. SC_E_FULL when
// no slot is free.
SC_EXPORT int sc_pool_submit(sc_pool_s *pool, uint32_t id, const uint8_t *pixels, uint64_t size, int width, int height,
	int channels, int bottom_up, int quality, int subsampling, int jpeg_width, int jpeg_height, int later);

// An encoder for sc_pool_submit_vp8; it ends with the pool at the latest. NULL when there is no memory.
SC_EXPORT sc_pool_vp8_s *sc_pool_open_vp8(sc_pool_s *pool);

// SC_E_INVALID while it has a job that was not taken.
SC_EXPORT int sc_pool_close_vp8(sc_pool_s *pool, sc_pool_vp8_s *vp8);

// The next frame of its stream; see sc_vp8_picture_s. `pixels` must stay as they are until the job is taken. SC_E_FULL when no
// slot is free, SC_E_INVALID while it has a job that was not taken.
SC_EXPORT int sc_pool_submit_vp8(sc_pool_s *pool, sc_pool_vp8_s *vp8, uint32_t id, const uint8_t *pixels, uint64_t size,
	int width, int height, int channels, int bottom_up, int bitrate, int keyframe, int64_t time_us);

// 1 and a finished job in *out, or 0.
SC_EXPORT int sc_pool_take(sc_pool_s *pool, sc_pool_result_s *out);
