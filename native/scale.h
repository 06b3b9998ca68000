// Scales a picture to fit another size: aspect ratio kept, letterboxed on black. The filter is a triangle over the source pixels that
// an output pixel covers, at least two: area averaging when shrinking, bilinear when enlarging.
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

// Writes rows `first` to `first + count - 1` of `source` scaled to width x height into `rgb`: top-down, 3 bytes a pixel, packed.
// The result does not depend on how a picture is divided into calls. SC_E_SYSTEM when there is no memory.
int sc_scale_rows(const sc_scale_source_s *source, int width, int height, int first, int count, uint8_t *rgb);
