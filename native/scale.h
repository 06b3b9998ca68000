// Scales an image to fit another size: aspect ratio kept, letterboxed on black. The filter is a triangle over the source pixels that
// an output pixel covers, at least two: area averaging when shrinking, bilinear when enlarging.
#pragma once

#include "image.h"

// Writes rows `first` to `first + count - 1` of `source` scaled to width x height into `rgb`: top-down, 3 bytes per pixel, packed.
// The result does not depend on how the rows are divided into calls. SC_E_SYSTEM if there is no memory.
int sc_scale_rows(const sc_image_s *source, int width, int height, int first, int count, uint8_t *rgb);
