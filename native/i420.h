// RGB to I420, as video encoders take it: BT.601, limited range (luma 16 to 235), chroma halved in width and height, each
// chroma sample the mean of its four pixels (MPEG-1's siting).
#pragma once

#include <stdbool.h>

#include "scenecast.h"

typedef struct {
	uint8_t *luma; // width * height
	uint8_t *blue; // chroma: half of each, rounded up
	uint8_t *red;
	int luma_stride; // bytes from row to row
	int chroma_stride;
} sc_i420_s;

// `pixels`: rows without gaps, of 3 bytes a pixel (RGB) or 4 (RGBA, alpha is ignored). The planes come out top-down. Where a
// side is odd the last column or row counts twice in its chroma.
void sc_i420_convert(const uint8_t *pixels, int width, int height, int channels, bool bottom_up, const sc_i420_s *planes);

// For callers outside: the three planes one after the other in `out`, without gaps.
SC_EXPORT int sc_i420_from_pixels(const uint8_t *pixels, uint64_t size, int width, int height, int channels, int bottom_up,
	uint8_t *out, uint64_t capacity);
