// Conversion of RGB to I420, the input format of video encoders: BT.601, limited range (luma 16 to 235), chroma of half width and
// height, each sample the mean of its four pixels (MPEG-1 siting).
#pragma once

#include <stdbool.h>

#include "scenecast.h"

typedef struct {
	uint8_t *luma; // width * height
	uint8_t *blue; // chroma: width and height halved, rounded up
	uint8_t *red;
	int luma_stride; // bytes from one row to the next
	int chroma_stride;
} sc_i420_s;

// Converts packed rows of 3 bytes per pixel (RGB) or 4 (RGBA, alpha is ignored). The planes are top-down. If a side is odd, its last
// column or row counts twice for chroma.
void sc_i420_convert(const uint8_t *pixels, int width, int height, int channels, bool bottom_up, const sc_i420_s *planes);

// The same with the three planes one after the other in `out`.
SC_EXPORT int sc_i420_from_pixels(const uint8_t *pixels, uint64_t size, int width, int height, int channels, int bottom_up,
	uint8_t *out, uint64_t capacity);
