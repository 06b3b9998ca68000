// Scales a picture into another size: by one factor, so that all of it is seen, centred on black (letterboxed). The filter is a
// triangle over the pixels that an output pixel covers, and over at least two: bilinear where the picture grows.
#pragma once

#include "scenecast.h"

// A picture in packed rows.
typedef struct {
	const uint8_t *pixels;
	int width;
	int height;
	int channels; // 3: RGB, 4: RGBA (alpha is ignored)
	int bottom_up;
} sc_scale_source_s;

// Writes rows `first` to `first + count - 1` of `source` as width x height into `rgb`: top-down, 3 bytes a pixel, without gaps.
// The same rows come out however a picture is cut into calls. SC_E_SYSTEM when there is no memory.
int sc_scale_rows(const sc_scale_source_s *source, int width, int height, int first, int count, uint8_t *rgb);
