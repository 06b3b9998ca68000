// Encoding JPEG on the worker pool.
#pragma once

#include "jpeg_bands.h"
#include "worker_pool.h"

// `pixels`, width x height, must stay unchanged until the job is taken; they are scaled to fit if the JPEG has another size. The
// result's output is for sc_jpeg_take. SC_E_FULL if no slot is free.
SC_EXPORT int sc_jpeg_submit(sc_pool_s *pool, uint32_t id, const uint8_t *pixels, uint64_t size, int width, int height,
	int channels, int bottom_up, int quality, int subsampling, int jpeg_width, int jpeg_height, int low_priority);
