// Encoding VP8 on the worker pool. A frame is one band, since each begins where the one before ended: a stream has one job at a time.
#pragma once

#include "vp8.h"
#include "worker_pool.h"

// A VP8 stream of a pool, destroyed with the pool at the latest.
typedef struct {
	sc_pool_resource_s resource;
	sc_vp8_s encoder;
	bool busy; // has a job that was not taken
} sc_vp8_stream_s;

// `film_quantizer`: see sc_vp8_init. NULL if it is not valid, or there is no memory.
SC_EXPORT sc_vp8_stream_s *sc_vp8_stream_open(sc_pool_s *pool, int film_quantizer);

// SC_E_INVALID while the stream has a job that was not taken.
SC_EXPORT int sc_vp8_stream_close(sc_pool_s *pool, sc_vp8_stream_s *stream);

// Encodes the next frame of the stream; see sc_vp8_params_s. `pixels` must stay unchanged until the job is taken. The result's
// output is for sc_vp8_take. SC_E_FULL if no slot is free, SC_E_INVALID while the stream has a job that was not taken.
SC_EXPORT int sc_vp8_submit(sc_pool_s *pool, sc_vp8_stream_s *stream, uint32_t id, const uint8_t *pixels, uint64_t size,
	int width, int height, int channels, int bottom_up, int bitrate, int keyframe, int64_t time_us);
