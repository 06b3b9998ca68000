// Filtering the rows of a PNG on the worker pool; compression is the caller's.
#pragma once

#include "image.h"
#include "worker_pool.h"

// Writes the filtered rows of an image, top-down, into `out`: each row has one byte for its filter type (the first "None", the
// others "Up": PNG, section 9.2) and `out_channels` bytes per pixel, 3 or 4, not more than the image has. `pixels` and `out` must
// not be touched until the job is taken. Low priority. SC_E_FULL if no slot is free.
SC_EXPORT int sc_png_submit(sc_pool_s *pool, uint32_t id, const uint8_t *pixels, uint64_t size, int width, int height,
	int channels, int bottom_up, int out_channels, uint8_t *out, uint64_t capacity);
