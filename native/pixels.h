// Pixel formats.
#pragma once

#include "scenecast.h"

// RGBA to tightly packed RGB, same row order. The two must not overlap.
SC_EXPORT int sc_pixels_pack_rgb(uint8_t *rgb, uint64_t rgb_size, const uint8_t *rgba, uint64_t rgba_size,
	uint32_t width, uint32_t height);
