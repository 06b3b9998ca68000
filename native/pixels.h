// Pixel format conversion.
#pragma once

#include "scenecast.h"

// Converts RGBA to packed RGB in the same row order. The buffers must not overlap.
SC_EXPORT int sc_pixels_pack_rgb(uint8_t *rgb, uint64_t rgb_size, const uint8_t *rgba, uint64_t rgba_size,
	uint32_t width, uint32_t height);

// Downsamples RGBA pixels by averaging squares of 2x2, each component rounded. `width` and `height` are those of the result. The buffers
// must not overlap.
SC_EXPORT int sc_pixels_halve(uint8_t *half, uint64_t half_size, const uint8_t *rgba, uint64_t rgba_size, uint32_t width,
	uint32_t height);
